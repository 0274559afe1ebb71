-- stubs.lua: the stubs of all topics as one text, which editors read.
--
-- A topic is a class: stubs/TOPIC.lua has the annotations of its fields and functions, each with an example.

local core = ...

local topics = {
  "migration", "argument", "backfill", "db", "batch", "ctx", "file", "statement", "error", "moonbird", "decimal", "rows",
  "progress", "test", "spec", "command", "out", "project", "format", "folder", "part", "page",
}

local texts = { core.built_in_text "reference/stubs/head.lua" }
for _, topic in ipairs(topics) do texts[#texts + 1] = core.built_in_text("reference/stubs/" .. topic .. ".lua") end
return table.concat(texts, "\n")

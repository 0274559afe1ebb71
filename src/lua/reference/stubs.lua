-- stubs.lua: the stubs of all topics as one text, which editors read.
--
-- A topic is a class: stubs/TOPIC.lua has the annotations of its fields and functions, each with an example.  The folder
-- project/ has the functions of the project, in four files.

local core = ...

local files = {
  "migration", "argument", "backfill", "db", "batch", "ctx", "file", "statement", "error", "moonbird", "decimal", "rows",
  "progress", "test", "spec", "command", "out", "project/project", "project/databases",
  "project/backfills", "project/schemas", "format", "folder", "part", "page",
}

local texts = { core.built_in_text "reference/stubs/head.lua" }
for _, name in ipairs(files) do texts[#texts + 1] = core.built_in_text("reference/stubs/" .. name .. ".lua") end
return table.concat(texts, "\n")

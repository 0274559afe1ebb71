-- chapters.lua: the chapters of the manual, src/manual/NAME.md, in reading order.
--
-- The first line of a chapter is "# TITLE: what it is about".

local core = ...

local names = {
  "migrations", "sql", "lua", "values", "manual-migrations", "steps", "backfills", "online", "hooks", "checks", "commands",
  "formats", "configuration", "environments", "recovery", "databases", "testing", "schema", "lint", "console", "studio",
  "json", "events", "poolers", "engines", "security", "speed", "packages", "building", "contributing",
}

local chapters = {}
for i, name in ipairs(names) do
  local text = core.built_in_text("../manual/" .. name .. ".md")
  chapters[i] = { name = name, about = text:match "^# [^\n]-: ([^\n]+)", text = text }
end
return chapters

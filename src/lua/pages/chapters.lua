-- chapters.lua: the chapters of the manual, src/manual/NAME.md, in reading order.

local core = ...

local names = {
  "migrations", "sql", "lua", "values", "manual-migrations", "steps", "backfills", "hooks", "checks", "commands",
  "configuration", "environments", "recovery", "testing", "console", "json",
  "poolers", "security", "speed", "building",
}

local chapters = {}
for i, name in ipairs(names) do
  local text = core.built_in_text("../manual/" .. name .. ".md")
  chapters[i] = { name = name, title = text:match "^# ([^\n]+)", text = text }
end
return chapters

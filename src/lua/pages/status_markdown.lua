-- status_markdown.lua: the result of project:status() as a page of Markdown, which a team can commit or post.
--
-- The same status gives the same page. Names and messages are foreign text: characters that Markdown would
-- interpret are escaped.

local DONE = "✅"

local function one_line(text)
  return (text:gsub("[\n\r\t]+", " "))
end

-- An underscore inside of a word means nothing.
local function escape(text)
  text = one_line(text):gsub("[\\`*%[<#|~&]", "\\%0")
  return (text:gsub("()_", function(at) return text:find("^%w_%w", at - 1) and "_" or "\\_" end))
end

-- A code span: its fence is longer than each run of backticks in it.
local function code(text)
  local longest = 0
  text = one_line(text)
  for run in text:gmatch "`+" do longest = math.max(longest, #run) end
  local fence = ("`"):rep(longest + 1)
  local space = longest > 0 and " " or ""
  return fence .. space .. text .. space .. fence
end

-- A code span in a table, where a bar ends the cell even in a code span.
local function code_cell(text)
  return (code(text):gsub("|", "\\|"))
end

-- The number of columns that a terminal or an editor needs for the text.
local function width(text)
  local _, wide = text:gsub(DONE, "")
  return (utf8.len(text) or #text) + wide
end

-- Adds the rows, whose first one is the header, with aligned columns.
local function add_table(page, rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do widths[i] = math.max(widths[i] or 3, width(cell)) end
  end
  for n, row in ipairs(rows) do
    local cells, rule = {}, {}
    for i, cell in ipairs(row) do
      cells[i] = cell .. (" "):rep(widths[i] - width(cell))
      rule[i] = ("-"):rep(widths[i])
    end
    page[#page + 1] = "| " .. table.concat(cells, " | ") .. " |"
    if n == 1 then page[#page + 1] = "| " .. table.concat(rule, " | ") .. " |" end
  end
end

local function known(value)
  return value ~= moonbird.null and value or nil
end

-- "2026-11-29 01:53:00" for a moment in ISO 8601, which is in UTC
local function moment(at)
  return at:sub(1, 10) .. " " .. at:sub(12, 19)
end

local function state_of(item, stream)
  if item.state == "applied" then return "applied " .. DONE end
  if (item.orphan or item.left_out) and item.state == "pending" then return "never runs" end
  if item.state ~= "pending" or stream == "auto" then return item.state end
  return known(item.shelved) and "not in use" or "not applied"
end

local function file_of(item)
  return known(item.file) and item.file:match "[^/]*$" or item.name
end

local function notes(item)
  local list = {}
  for _, mark in ipairs { "changed", "missing", "out_of_order" } do
    if item[mark] then list[#list + 1] = (mark:gsub("_", " ")) end
  end
  list[#list + 1] = item.hidden and "left out: " .. item.hidden or nil
  list[#list + 1] = item.replaced_by and "replaced by " .. item.replaced_by or nil
  list[#list + 1] = known(item.description)
  if item.state == "pending" then
    list[#list + 1] = known(item.shelved)
    list[#list + 1] = known(item.excluded_by) and "conflicts with " .. item.excluded_by or nil
    list[#list + 1] = known(item.lacks) and "needs " .. item.lacks or nil
  end
  list[#list + 1] = item.progress
  return escape(table.concat(list, "; "))
end

local function add_stream(page, title, stream, items, folder)
  if #items == 0 then return end
  local rows, applied = { { "state", "migration", "applied at (UTC)", "notes" } }, 0
  for i, item in ipairs(items) do
    local is_applied = item.state == "applied"
    applied = applied + (is_applied and 1 or 0)
    rows[i + 1] = {
      state_of(item, stream), code_cell(file_of(item)), is_applied and moment(item.applied_at) or "", notes(item),
    }
  end
  page[#page + 1] = ("\n## %s\n\nIn %s: %d of %d applied.\n"):format(title, code(folder), applied, #items)
  add_table(page, rows)
end

-- The last applied migration, in the order of the files: the version of the schema.
local function version(items)
  for i = #items, 1, -1 do
    if items[i].state == "applied" then return code(items[i].name) end
  end
  return "none"
end

local function last_run(run)
  if not known(run) then return "none" end
  local who = known(run.host) and run.who .. "@" .. run.host or run.who
  local down = run.what == "down"
  local what = run.outcome == "done" and (down and "rolled back" or "applied")
    or (down and "rollback " or "") .. run.outcome
  return ("%s UTC: %s %s, by %s"):format(moment(run.at), code(run.name), what, escape(who))
end

return function(status)
  local page = { "# Migrations\n" }
  if known(status.environment) then page[#page + 1] = "- Environment: " .. escape(status.environment) end
  page[#page + 1] = "- Database: " .. escape(status.database)
  page[#page + 1] = "- Current version: " .. version(status.auto)
  page[#page + 1] = "- Pending: " .. status.pending
  page[#page + 1] = "- Last run: " .. last_run(status.last_run)
  add_stream(page, "Automatic migrations", "auto", status.auto, status.folders.auto)
  add_stream(page, "Manual migrations", "manual", status.manual, status.folders.manual)
  return table.concat(page, "\n")
end

-- show.lua: shows the result of an input.

local core = ...
local inspect = core.require "console.inspect"

local show = {}

local function has_numbers(rows, column)
  for _, row in ipairs(rows) do
    if row[column] ~= nil then return type(row[column]) == "number" end
  end
end

show.expanded = false

-- Shows rows as psql does.
function show.rows(out, rows, columns)
  local shown, titles = {}, {}
  for i, column in ipairs(columns) do
    titles[i] = { column, column, right = has_numbers(rows, column) }
  end
  for i, row in ipairs(rows) do
    shown[i] = {}
    for _, column in ipairs(columns) do
      local value = row[column]
      shown[i][column] = type(value) == "table" and inspect(value) or value
    end
  end
  out:table(shown, titles, show.expanded and "expanded" or "psql")
end

-- Are these the results of db:query?
local function are_rows(rows, columns, ...)
  return type(rows) == "table" and type(columns) == "table" and type(columns[1]) == "string" and select("#", ...) == 0
end

function show.values(out, ...)
  if are_rows(...) then return show.rows(out, ...) end
  for i = 1, select("#", ...) do out:text(inspect((select(i, ...)))) end
end

return show

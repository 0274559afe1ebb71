-- order.lua: the order of a page of rows, and the condition for the rows behind a certain one (keyset paging).
--
-- An item of an order is { column = a column of catalog/table.lua, descending = boolean }.  As ORDER BY does, NULL
-- is greater than every value.

local order = {}

local sides = { ["<"] = 1, ["="] = 2, [">"] = 3 }

-- The operator with its schema: that of the operator class by which ORDER BY compares.
function order.operator(column, sign)
  return column.operators and column.operators[sides[sign]] or ("OPERATOR(pg_catalog.%s)"):format(sign)
end

local function after_sign(item) return item.descending and "<" or ">" end

local function same_row_operator(items)
  local first
  for _, item in ipairs(items) do
    local operator = order.operator(item.column, after_sign(item))
    if not item.column.not_null or first and operator ~= first then return nil end
    first = operator
  end
  return first
end

local function name(item) return "t." .. item.column.quoted end

local function add_equal(statement, item, value)
  if value == nil then return statement:add(name(item) .. " IS NULL") end
  statement:add(("%s %s "):format(name(item), order.operator(item.column, "="))):typed(value, item.column)
end

-- Behind the value: greater, or less if it descends.
local function add_behind(statement, item, value)
  if value == nil then return statement:add(item.descending and name(item) .. " IS NOT NULL" or "false") end
  statement:add(("(%s %s "):format(name(item), order.operator(item.column, after_sign(item)))):typed(value, item.column)
  statement:add(not item.column.not_null and not item.descending and (" OR %s IS NULL)"):format(name(item)) or ")")
end

-- Adds the condition for the rows behind the one with these values: with one comparison of rows where an index can
-- serve it, which is if no column can be NULL and all have one operator.
function order.add_condition(statement, items, values)
  local operator = same_row_operator(items)
  if operator then
    statement:add("("):list(items, ", ", function(s, item) s:add(name(item)) end):add((") %s ("):format(operator))
    for i, item in ipairs(items) do statement:add(i > 1 and ", " or ""):typed(values[i], item.column) end
    return statement:add(")")
  end
  statement:add("(")
  for i, item in ipairs(items) do
    statement:add(i > 1 and " OR (" or "(")
    for k = 1, i - 1 do
      add_equal(statement, items[k], values[k])
      statement:add(" AND ")
    end
    add_behind(statement, item, values[i])
    statement:add(")")
  end
  statement:add(")")
end

function order.add_order(statement, items)
  statement:add(" ORDER BY "):list(items, ", ", function(s, item) s:add(name(item) .. (item.descending and " DESC" or "")) end)
end

function order.reversed(items)
  local list = {}
  for i, item in ipairs(items) do list[i] = { column = item.column, descending = not item.descending } end
  return list
end

return order

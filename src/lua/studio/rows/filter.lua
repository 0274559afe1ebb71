-- filter.lua: conditions on rows.  A value is always a parameter.

local core = ...
local order = core.require "studio.rows.order"

local filter = {}

filter.operators = { "=", "<>", "<", "<=", ">", ">=", "contains", "starts with", "is null", "is not null" }

local negated = { ["<>"] = "=", ["<="] = ">", [">="] = "<" }

local add = {}

local function compare(statement, column, sign, value)
  local name = "t." .. column.quoted
  local own = column.operators and negated[sign]
  if own then return statement:add(("NOT (%s %s "):format(name, order.operator(column, own))):typed(value, column):add(")") end
  local operator = column.operators and order.operator(column, sign) or ("OPERATOR(pg_catalog.%s)"):format(sign)
  statement:add(("%s %s "):format(name, operator)):typed(value, column)
end
for _, sign in ipairs { "=", "<>", "<", "<=", ">", ">=" } do
  add[sign] = function(statement, column, value) compare(statement, column, sign, value) end
end

-- Upper and lower case are the same.
add["contains"] = function(statement, column, value)
  statement:add(("pg_catalog.strpos(pg_catalog.lower(t.%s::pg_catalog.text), pg_catalog.lower("):format(column.quoted))
  statement:value(value, "pg_catalog.text"):add(")) OPERATOR(pg_catalog.>) 0")
end

add["starts with"] = function(statement, column, value)
  statement:add(("t.%s::pg_catalog.text OPERATOR(pg_catalog.~~) "):format(column.quoted))
  statement:value(value:gsub("[\\%%_]", "\\%0") .. "%", "pg_catalog.text")
end

add["is null"] = function(statement, column) statement:add(("t.%s IS NULL"):format(column.quoted)) end
add["is not null"] = function(statement, column) statement:add(("t.%s IS NOT NULL"):format(column.quoted)) end

local function column_of(relation, name)
  local column = relation.by_name[name]
  if not column then error(("%s.%s has no column \"%s\""):format(relation.schema, relation.name, name), 0) end
  return column
end

-- The columns of a key or of a foreign key, with their values: { name = value }.  `ctid` is the place of a row.
function filter.add_equal(statement, relation, values)
  local names = {}
  for name in pairs(values) do names[#names + 1] = name end
  table.sort(names)
  statement:list(names, " AND ", function(s, name)
    local value = values[name]
    if name == "ctid" and not relation.by_name.ctid then
      s:add("t.ctid OPERATOR(pg_catalog.=) "):value(value, "pg_catalog.tid")
    elseif value == moonbird.null then
      add["is null"](s, column_of(relation, name))
    else
      compare(s, column_of(relation, name), "=", tostring(value))
    end
  end)
end

-- { column, operator, value } of a person.
function filter.add(statement, relation, wanted)
  local make = add[wanted.operator]
  if not make then error(("unknown operator \"%s\""):format(tostring(wanted.operator)), 0) end
  make(statement, column_of(relation, wanted.column), wanted.value or "")
end

return filter

-- expressions.lua: SQL over a column: { column, template, call = a function, operator = one that the schema has }.

local pick = require "pick"
local names = require "names"
local types = require "types"

local expressions = {}

local function functions(world, form, t)
  local list = {}
  for _, f in ipairs(world:all { "function" }) do
    if f.form == form and f.type and types.same(f.type, t) then list[#list + 1] = f end
  end
  return list
end

-- A comparison by an operator of the schema, or nil.
local function comparison(world, t)
  for _, o in ipairs(world:all { "operator" }) do
    if types.same(o.call.type, t) and pick.chance(50) then return o end
  end
end

-- A condition on one of these columns; nil if there is none.
function expressions.condition(world, columns)
  local column = pick.one(columns)
  if not column then return nil end
  local own = functions(world, "predicate", column.type)
  return { column = column, template = types.condition(column.type), call = pick.maybe(40, pick.one(own)), operator = comparison(world, column.type) }
end

-- A value of the column's type.
function expressions.value(world, columns)
  local column = pick.one(columns)
  if not column then return nil end
  local own = functions(world, "map", column.type)
  return { column = column, template = types.map(column.type), call = pick.maybe(40, pick.one(own)) }
end

-- `prefix`: the text before the column's name.
function expressions.sql(e, prefix)
  local column = (prefix or "") .. names.quote(e.column.name)
  if e.operator then return ("%s OPERATOR(%s) %s"):format(column, names.operator(e.operator), column) end
  if e.call then return ("%s(%s)"):format(names.of(e.call), column) end
  return (e.template:gsub("%?", (column:gsub("%%", "%%%%"))))
end

return expressions

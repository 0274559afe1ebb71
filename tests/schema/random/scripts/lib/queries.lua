-- queries.lua: the queries of views: { from = relations, items = expressions, columns = their names, where, tail }.

local pick = require "pick"
local names = require "names"
local columns = require "columns"
local expressions = require "expressions"

local queries = {}

local wrappings = { "WITH w AS (?) SELECT * FROM w", "SELECT x.* FROM (?) x, LATERAL (SELECT count(*) OVER () AS n) y", "(?) UNION ALL (?)",
                    "SELECT x.*, EXISTS (?) AS more FROM (?) x" }
local tails = { " ORDER BY 1", " LIMIT 10", " FETCH FIRST 3 ROWS ONLY" }

local function sources(o)
  local list = {}
  for i, relation in ipairs(o.from) do
    for _, column in ipairs(columns.of(relation)) do list[#list + 1] = { i, column } end
  end
  return list
end

local function add_item(o, world, source)
  o.made = (o.made or 0) + 1
  local at, column = source[1], source[2]
  local item = pick.chance(25) and expressions.value(world, { column }) or { column = column, template = "?" }
  item.at = at
  table.insert(o.items, item)
  table.insert(o.columns, { name = pick.chance(60) and column.name .. o.made or names.column(o.made), type = column.type })
end

-- Gives the object a query; false if there is no relation to read.
function queries.make(o, world)
  local relations = world:all { "table", "table", "view", "view", "partition", "materialized view", "foreign table" }
  o.from, o.items, o.columns = pick.some(relations, 1, pick.chance(30) and 2 or 1), {}, {}
  for _, source in ipairs(pick.some(sources(o), 1, 4)) do add_item(o, world, source) end
  if #o.items == 0 then return false end
  queries.change_where(o, world)
  o.tail, o.wrapped = pick.maybe(15, pick.one(tails)), pick.maybe(15, pick.one(wrappings))
  return true
end

function queries.change_where(o, world)
  o.where = #columns.of(o.from[1]) > 0 and pick.maybe(40, expressions.condition(world, columns.of(o.from[1]))) or nil
end

function queries.change(o, world)
  local what, all = math.random(5), sources(o)
  if what <= 2 and #all > 0 then add_item(o, world, pick.one(all))
  elseif what == 3 and #o.items > 1 then
    local i = math.random(#o.items)
    table.remove(o.items, i)
    table.remove(o.columns, i)
  elseif what == 4 then queries.change_where(o, world)
  elseif pick.chance(30) then o.wrapped = not o.wrapped and pick.one(wrappings) or nil
  else o.tail = not o.tail and pick.one(tails) or nil end
end

function queries.sql(o)
  local items, from = {}, {}
  for i, item in ipairs(o.items) do
    items[i] = ("%s AS %s"):format(expressions.sql(item, "t" .. item.at .. "."), names.quote(o.columns[i].name))
  end
  for i, relation in ipairs(o.from) do from[i] = ("%s t%d"):format(names.of(relation), i) end
  local sql = ("SELECT %s FROM %s%s%s"):format(table.concat(items, ", "), table.concat(from, ", "),
    o.where and " WHERE " .. expressions.sql(o.where, "t1.") or "", o.tail or "")
  return o.wrapped and o.wrapped:gsub("%?", (sql:gsub("%%", "%%%%"))) or sql
end

return queries

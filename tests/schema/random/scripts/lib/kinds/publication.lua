local pick = require "pick"
local names = require "names"
local columns = require "columns"
local expressions = require "expressions"

local function entry(world)
  local t = world:any("table", "partition")
  if not t then return nil end
  return { table = t, columns = pick.maybe(20, pick.some(columns.of(t), 1, 2)), where = pick.maybe(20, expressions.condition(world, columns.of(t))) }
end

local function sql(e)
  local list = {}
  for i, column in ipairs(e.columns or {}) do list[i] = names.quote(column.name) end
  return ("TABLE ONLY %s%s%s"):format(names.of(e.table), #list > 0 and (" (%s)"):format(table.concat(list, ", ")) or "",
    e.where and (" WHERE (%s)"):format(expressions.sql(e.where)) or "")
end

return {
  kind = "publication", weight = 2,
  phrase = function(o) return "PUBLICATION " .. names.quote(o.name) end,
  make = function(world)
    local o = { name = world:name(), tables = {}, all = pick.chance(10) or nil, publish = pick.maybe(30, "insert, delete") }
    for i = 1, math.random(0, 2) do o.tables[i] = entry(world) end
    return o
  end,
  change = function(o, world)
    local what = math.random(4)
    if what == 1 then table.insert(o.tables, entry(world))
    elseif what == 2 then table.remove(o.tables)
    elseif what == 3 then o.publish = pick.maybe(70, pick.one { "insert", "update, truncate" })
      if pick.chance(50) then o.root = not o.root or nil end
    else o.inside = not o.inside and world:schema() or nil end
  end,
  sql = function(o)
    local list = { ("CREATE PUBLICATION %s%s%s"):format(names.quote(o.name), o.all and " FOR ALL TABLES" or "",
      o.publish and (" WITH (publish = '%s'%s)"):format(o.publish, o.root and ", publish_via_partition_root = true" or "") or "") }
    for _, e in ipairs(o.tables) do list[#list + 1] = ("ALTER PUBLICATION %s ADD %s"):format(names.quote(o.name), sql(e)) end
    if o.inside then list[#list + 1] = ("ALTER PUBLICATION %s ADD TABLES IN SCHEMA %s"):format(names.quote(o.name), names.quote(o.inside.name)) end
    return list
  end,
}

local pick = require "pick"
local names = require "names"
local columns = require "columns"
local expressions = require "expressions"

local function make(o, world)
  o.items, o.kinds = {}, pick.some({ "ndistinct", "dependencies", "mcv" }, 0, 2)
  for i, column in ipairs(pick.some(columns.of(o.table), 2, 3)) do
    o.items[i] = pick.chance(20) and expressions.value(world, { column }) or { column = column }
  end
end

return {
  kind = "statistics", weight = 2, in_schema = true,
  phrase = function(o) return "STATISTICS " .. names.of(o) end,
  make = function(world)
    local o = { name = world:name(), table = world:any("table", "partition", "materialized view") }
    if not o.table or #columns.of(o.table) < 2 then return nil end
    make(o, world)
    return o
  end,
  change = function(o, world)
    if pick.chance(50) then o.target = not o.target and 100 or nil else make(o, world) end
  end,
  sql = function(o)
    local items = {}
    for i, item in ipairs(o.items) do
      items[i] = item.template and ("(%s)"):format(expressions.sql(item)) or names.quote(item.column.name)
    end
    local kinds = #o.kinds > 0 and (" (%s)"):format(table.concat(o.kinds, ", ")) or ""
    return { ("CREATE STATISTICS %s%s ON %s FROM %s"):format(names.of(o), kinds, table.concat(items, ", "), names.of(o.table)),
             o.target and ("ALTER STATISTICS %s SET STATISTICS %d"):format(names.of(o), o.target) or nil }
  end,
}

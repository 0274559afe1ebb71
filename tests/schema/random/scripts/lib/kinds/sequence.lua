local pick = require "pick"
local names = require "names"

local options = { "", " INCREMENT BY 2", " START WITH 100", " MINVALUE -5 MAXVALUE 100", " INCREMENT BY -1", " CACHE 20", " CYCLE MAXVALUE 9" }

local aspects = {
  function(o) o.type = pick.one { "integer", "bigint", "smallint" } end,
  function(o) o.options = pick.one(options) end,
  function(o) o.unlogged = not o.unlogged or nil end,
  function(o, world)
    local table_ = world:any("table", "foreign table")
    o.owned = table_ and #table_.columns > 0 and { table = table_, column = pick.one(table_.columns) } or nil
  end,
  function(o) o.owned = nil end,
}

return {
  kind = "sequence", weight = 3, acl = "SEQUENCE", in_schema = true,
  phrase = function(o) return "SEQUENCE " .. names.of(o) end,
  make = function(world)
    local o = { name = world:name(), type = "bigint", options = "" }
    for i = 1, 4 do if pick.chance(40) then aspects[i](o, world) end end
    return o
  end,
  change = function(o, world) pick.one(aspects)(o, world) end,
  sql = function(o)
    local list = { ("CREATE %sSEQUENCE %s AS %s%s"):format(o.unlogged and "UNLOGGED " or "", names.of(o), o.type, o.options) }
    if o.owned then
      list[2] = ("ALTER SEQUENCE %s OWNED BY %s.%s"):format(names.of(o), names.of(o.owned.table), names.quote(o.owned.column.name))
    end
    return list
  end,
}

local pick = require "pick"
local names = require "names"
local types = require "types"

return {
  kind = "cast", weight = 2, no_owner = true,
  phrase = function(o) return ("CAST (%s AS text)"):format(types.sql(o.call.type)) end,
  make = function(world)
    for _, f in ipairs(world:all { "function" }) do
      if f.form == "convert" and type(f.type.base) == "table" and pick.chance(70) then return { name = "", call = f, as = " AS ASSIGNMENT" } end
    end
  end,
  change = function(o) o.as = pick.one { "", " AS IMPLICIT" } end,
  sql = function(o)
    return { ("CREATE CAST (%s AS text) WITH FUNCTION %s(%s)%s"):format(types.sql(o.call.type), names.of(o.call), types.sql(o.call.type), o.as) }
  end,
}

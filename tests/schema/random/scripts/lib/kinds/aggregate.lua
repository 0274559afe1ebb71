local pick = require "pick"
local names = require "names"
local types = require "types"

return {
  kind = "aggregate", weight = 2, acl = "FUNCTION", in_schema = true,
  phrase = function(o) return ("AGGREGATE %s(%s)"):format(names.of(o), types.sql(o.step.type)) end,
  granted_on = function(o) return ("FUNCTION %s(%s)"):format(names.of(o), types.sql(o.step.type)) end,
  make = function(world)
    return { name = world:name(), step = world:call "step" }
  end,
  change = function(o) o.parallel = pick.maybe(70, pick.one { "SAFE", "RESTRICTED" }) end,
  sql = function(o)
    return { ("CREATE AGGREGATE %s(%s) (SFUNC = %s, STYPE = %s%s)"):format(names.of(o), types.sql(o.step.type), names.of(o.step),
      types.sql(o.step.type), o.parallel and ", PARALLEL = " .. o.parallel or "") }
  end,
}

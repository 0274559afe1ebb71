local pick = require "pick"
local names = require "names"
local types = require "types"

return {
  kind = "operator", weight = 2, in_schema = true,
  phrase = function(o)
    local t = types.sql(o.call.type)
    return ("OPERATOR %s (%s, %s)"):format(names.operator(o), t, t)
  end,
  make = function(world)
    return { name = "", call = world:call "compare", symbol = pick.one { "===", "<=>", "%%", "~~>" }, commutator = pick.maybe(30, true) }
  end,
  change = function(o) o.restrict = not o.restrict and pick.one { "eqsel", "contsel" } or nil end,
  sql = function(o)
    local t = types.sql(o.call.type)
    return { ("CREATE OPERATOR %s (FUNCTION = %s, LEFTARG = %s, RIGHTARG = %s%s%s)"):format(names.operator(o), names.of(o.call), t, t,
      o.commutator and ("\n, COMMUTATOR = OPERATOR(%s)"):format(names.operator(o)) or "",
      o.restrict and ", RESTRICT = " .. o.restrict or "") }
  end,
}

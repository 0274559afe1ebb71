local pick = require "pick"
local names = require "names"
local types = require "types"

return {
  kind = "operator", weight = 2, in_schema = true,
  phrase = function(o)
    local t = types.sql(o.call.type)
    return ("OPERATOR %s.%s (%s, %s)"):format(names.quote(o.schema.name), o.symbol, t, t)
  end,
  make = function(world)
    for _, f in ipairs(world:all { "function" }) do
      if f.form == "compare" and pick.chance(70) then
        return { name = "", call = f, symbol = pick.one { "===", "<=>", "%%", "~~>" }, commutator = pick.maybe(30, true) }
      end
    end
  end,
  change = function(o) o.restrict = not o.restrict and pick.one { "eqsel", "contsel" } or nil end,
  sql = function(o)
    local t = types.sql(o.call.type)
    return { ("CREATE OPERATOR %s.%s (FUNCTION = %s, LEFTARG = %s, RIGHTARG = %s%s%s)"):format(names.quote(o.schema.name), o.symbol,
      names.of(o.call), t, t, o.commutator and ("\n, COMMUTATOR = OPERATOR(%s.%s)"):format(names.quote(o.schema.name), o.symbol) or "",
      o.restrict and ", RESTRICT = " .. o.restrict or "") }
  end,
}

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
  change = function(o)
    local what = math.random(4)
    if what == 1 then o.restrict = not o.restrict and pick.one { "eqsel", "contsel" } or nil
    elseif what == 2 then o.join = not o.join and pick.one { "eqjoinsel", "contjoinsel" } or nil
    elseif what == 3 then o.negator = not o.negator and "!" .. o.symbol or nil
    else o.hashes, o.commutator = pick.maybe(50, ", HASHES, MERGES"), pick.maybe(70, true) end
  end,
  sql = function(o)
    local t = types.sql(o.call.type)
    return { ("CREATE OPERATOR %s (FUNCTION = %s, LEFTARG = %s, RIGHTARG = %s%s%s%s%s%s)"):format(names.operator(o), names.of(o.call), t, t,
      o.commutator and ("\n, COMMUTATOR = OPERATOR(%s)"):format(names.operator(o)) or "",
      o.restrict and ", RESTRICT = " .. o.restrict or "", o.join and ", JOIN = " .. o.join or "",
      o.negator and (", NEGATOR = OPERATOR(%s)"):format(names.operator { schema = o.schema, symbol = o.negator }) or "", o.hashes or "") }
  end,
}

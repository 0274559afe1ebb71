local pick = require "pick"
local names = require "names"

return {
  kind = "language", weight = 1, acl = "LANGUAGE",
  phrase = function(o) return "LANGUAGE " .. names.quote(o.name) end,
  make = function(world) return { name = world:name(), trusted = pick.maybe(50, true) } end,
  change = function(o, world)
    if pick.chance(60) then o.transform = not o.transform and pick.one { "integer", "text" } or nil
    else o.trusted, o.validator = pick.maybe(50, true), not o.validator or nil end
  end,
  sql = function(o)
    local name = names.quote(o.name)
    return { ("CREATE %sLANGUAGE %s HANDLER pg_catalog.plpgsql_call_handler INLINE pg_catalog.plpgsql_inline_handler%s"):format(
               o.trusted and "TRUSTED " or "", name, o.validator and " VALIDATOR pg_catalog.plpgsql_validator" or ""),
             o.transform and ("CREATE TRANSFORM FOR %s LANGUAGE %s (FROM SQL WITH FUNCTION pg_catalog.prsd_lextype(internal), "
               .. "TO SQL WITH FUNCTION pg_catalog.%s(internal))"):format(o.transform, name, o.transform == "text" and "textrecv" or "int4recv") or nil }
  end,
}

local pick = require "pick"
local names = require "names"

-- A function of PL/pgSQL under another name.
local function handler(o, name, argument, result)
  return ("CREATE FUNCTION %s(%s) RETURNS %s LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_%s'"):format(
    names.of { schema = o.inside, name = o.functions .. name }, argument, result, name)
end

return {
  kind = "language", weight = 1, acl = "LANGUAGE",
  phrase = function(o) return "LANGUAGE " .. names.quote(o.name) end,
  make = function(world)
    local functions = world:name()
    -- The functions have longer names.
    while #functions > 40 do functions = world:name() end
    return { name = world:name(), functions = functions, inside = world:schema(), trusted = pick.maybe(50, true) }
  end,
  change = function(o)
    if pick.chance(60) then o.transform = not o.transform and pick.one { "integer", "text" } or nil
    else o.trusted, o.validator = pick.maybe(50, true), not o.validator or nil end
  end,
  sql = function(o)
    local function call(name) return names.of { schema = o.inside, name = o.functions .. name } end
    return { handler(o, "call_handler", "", "language_handler"), handler(o, "inline_handler", "internal", "void"),
             handler(o, "validator", "oid", "void"),
             ("CREATE %sLANGUAGE %s HANDLER %s INLINE %s%s"):format(o.trusted and "TRUSTED " or "", names.quote(o.name),
               call "call_handler", call "inline_handler", o.validator and " VALIDATOR " .. call "validator" or ""),
             o.transform and ("CREATE TRANSFORM FOR %s LANGUAGE %s (FROM SQL WITH FUNCTION pg_catalog.prsd_lextype(internal), "
               .. "TO SQL WITH FUNCTION pg_catalog.%s(internal))"):format(o.transform, names.quote(o.name),
               o.transform == "text" and "textrecv" or "int4recv") or nil }
  end,
}

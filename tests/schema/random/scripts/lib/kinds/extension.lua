local pick = require "pick"
local names = require "names"

-- An extension of which most servers have the files; the statement fails on the others.
return {
  kind = "extension", weight = 1, no_owner = true,
  phrase = function(o) return "EXTENSION " .. names.quote(o.name) end,
  make = function(world) return { name = pick.one { "citext", "hstore", "tablefunc" }, inside = world:schema() } end,
  change = function(o, world)
    if pick.chance(50) then o.inside = world:schema() else o.revoked = not o.revoked or nil end
  end,
  sql = function(o)
    return { ("CREATE EXTENSION %s%s"):format(names.quote(o.name), o.inside and " WITH SCHEMA " .. names.quote(o.inside.name) or ""),
      o.revoked and o.inside and o.name == "citext" and ("REVOKE EXECUTE ON FUNCTION %s(%s) FROM PUBLIC"):format(
        names.of { schema = o.inside, name = "citext_hash" }, names.of { schema = o.inside, name = "citext" }) or nil }
  end,
}

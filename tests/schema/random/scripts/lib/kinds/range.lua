local pick = require "pick"
local names = require "names"

local subtypes = { "integer", "text", "timestamp with time zone", "numeric", "uuid", "date",
                   'text, COLLATION = pg_catalog."C"', "text, SUBTYPE_OPCLASS = pg_catalog.text_pattern_ops",
                   "double precision, SUBTYPE_DIFF = pg_catalog.float8mi" }

return {
  kind = "range", weight = 1, acl = "TYPE", in_schema = true,
  phrase = function(o) return "TYPE " .. names.of(o) end,
  make = function(world)
    local name = world:name()
    -- PostgreSQL cuts the name of the multirange within a character.
    while #name > 50 do name = world:name() end
    return { name = name, of = pick.one(subtypes) }
  end,
  change = function(o)
    if pick.chance(80) then o.of = pick.one(subtypes) else o.multirange = not o.multirange or nil end
  end,
  sql = function(o)
    local multirange = o.multirange and ", MULTIRANGE_TYPE_NAME = " .. names.of { schema = o.schema, name = o.name .. "s" } or ""
    return { ("CREATE TYPE %s AS RANGE (SUBTYPE = %s%s)"):format(names.of(o), o.of, multirange) }
  end,
}

local pick = require "pick"
local names = require "names"

local subtypes = { "integer", "text", "timestamp with time zone", "numeric", "uuid", "date" }

return {
  kind = "range", weight = 1, acl = "TYPE", in_schema = true,
  phrase = function(o) return "TYPE " .. names.of(o) end,
  make = function(world)
    local name = world:name()
    -- PostgreSQL cuts the name of the multirange within a character.
    while #name > 50 do name = world:name() end
    return { name = name, of = pick.one(subtypes) }
  end,
  change = function(o) o.of = pick.one(subtypes) end,
  sql = function(o) return { ("CREATE TYPE %s AS RANGE (SUBTYPE = %s)"):format(names.of(o), o.of) } end,
}

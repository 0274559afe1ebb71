local pick = require "pick"
local names = require "names"

return {
  kind = "text search parser", weight = 1, in_schema = true, no_owner = true,
  phrase = function(o) return "TEXT SEARCH PARSER " .. names.of(o) end,
  make = function(world) return { name = world:name(), headline = pick.maybe(50, true) } end,
  change = function(o) o.headline = not o.headline or nil end,
  sql = function(o)
    return { ("CREATE TEXT SEARCH PARSER %s (START = pg_catalog.prsd_start, GETTOKEN = pg_catalog.prsd_nexttoken, END = pg_catalog.prsd_end, "
      .. "LEXTYPES = pg_catalog.prsd_lextype%s)"):format(names.of(o), o.headline and ", HEADLINE = pg_catalog.prsd_headline" or "") }
  end,
}

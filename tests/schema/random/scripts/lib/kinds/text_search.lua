local pick = require "pick"
local names = require "names"

-- A configuration with a separate dictionary.
return {
  kind = "text search", weight = 1, in_schema = true,
  phrase = function(o) return "TEXT SEARCH CONFIGURATION " .. names.of(o) end,
  make = function(world)
    return { name = world:name(), options = pick.one { "", ", StopWords = english", ", Accept = false" }, token = pick.maybe(60, "asciiword, word") }
  end,
  change = function(o)
    if pick.chance(50) then o.options = pick.one { "", ", StopWords = english" } else o.token = pick.maybe(70, pick.one { "email, url", "asciiword" }) end
  end,
  sql = function(o)
    return { ("CREATE TEXT SEARCH DICTIONARY %s (TEMPLATE = pg_catalog.simple%s)"):format(names.of(o), o.options),
             ("CREATE TEXT SEARCH CONFIGURATION %s (PARSER = pg_catalog.default)"):format(names.of(o)),
             o.token and ("ALTER TEXT SEARCH CONFIGURATION %s ADD MAPPING FOR %s WITH %s, pg_catalog.english_stem"):format(names.of(o), o.token,
               names.of(o)) or nil }
  end,
}

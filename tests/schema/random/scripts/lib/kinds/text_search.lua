local pick = require "pick"
local names = require "names"

-- A configuration with a separate dictionary.
return {
  kind = "text search", weight = 2, in_schema = true,
  phrase = function(o) return "TEXT SEARCH CONFIGURATION " .. names.of(o) end,
  make = function(world)
    return { name = world:name(), parser = pick.maybe(30, world:any "text search parser"), template = pick.maybe(30, world:any "text search template"), options = pick.one { "", ", StopWords = english", ", Accept = false" }, token = pick.maybe(60, "asciiword, word") }
  end,
  change = function(o)
    if pick.chance(50) then o.options = pick.one { "", ", StopWords = english" } else o.token = pick.maybe(70, pick.one { "email, url", "asciiword" }) end
  end,
  sql = function(o)
    return { ("CREATE TEXT SEARCH DICTIONARY %s (TEMPLATE = %s%s)"):format(names.of(o), o.template and names.of(o.template) or "pg_catalog.simple", o.options),
             ("CREATE TEXT SEARCH CONFIGURATION %s (PARSER = %s)"):format(names.of(o), o.parser and names.of(o.parser) or "pg_catalog.default"),
             o.token and ("ALTER TEXT SEARCH CONFIGURATION %s ADD MAPPING FOR %s WITH %s, pg_catalog.english_stem"):format(names.of(o), o.token,
               names.of(o)) or nil }
  end,
}

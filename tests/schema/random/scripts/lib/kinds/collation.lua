local pick = require "pick"
local names = require "names"

return {
  kind = "collation", weight = 1, in_schema = true,
  phrase = function(o) return "COLLATION " .. names.of(o) end,
  make = function(world) return { name = world:name(), as = pick.one { "provider = libc, locale = 'C'", "provider = libc, locale = 'POSIX'",
    "provider = icu, locale = 'de', deterministic = false", "provider = icu, locale = 'en'" } } end,
  change = function(o) o.as = pick.one { "provider = libc, locale = 'C'", "provider = icu, locale = 'en', deterministic = false" } end,
  sql = function(o) return { ("CREATE COLLATION %s (%s)"):format(names.of(o), o.as) } end,
}

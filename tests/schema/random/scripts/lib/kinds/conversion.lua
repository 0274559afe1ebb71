local pick = require "pick"
local names = require "names"

return {
  kind = "conversion", weight = 1, in_schema = true,
  phrase = function(o) return "CONVERSION " .. names.of(o) end,
  make = function(world) return { name = world:name(), default = pick.maybe(30, "DEFAULT ") } end,
  change = function(o) o.default = not o.default and "DEFAULT " or nil end,
  sql = function(o) return { ("CREATE %sCONVERSION %s FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8"):format(o.default or "", names.of(o)) } end,
}

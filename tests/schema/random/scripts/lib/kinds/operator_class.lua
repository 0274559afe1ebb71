local pick = require "pick"
local names = require "names"

local hashes = { integer = "hashint4", text = "hashtext", bigint = "hashint8" }

return {
  kind = "operator class", weight = 1, in_schema = true,
  phrase = function(o) return ("OPERATOR CLASS %s USING hash"):format(names.of(o)) end,
  make = function(world) return { name = world:name(), type = pick.one { "integer", "text", "bigint" } } end,
  change = function(o) o.type = pick.one { "integer", "text", "bigint" } end,
  sql = function(o)
    return { ("CREATE OPERATOR CLASS %s FOR TYPE %s USING hash AS OPERATOR 1 pg_catalog.=, FUNCTION 1 pg_catalog.%s(%s)"):format(names.of(o),
      o.type, hashes[o.type], o.type) }
  end,
}

local pick = require "pick"
local names = require "names"

return {
  kind = "text search template", weight = 1, in_schema = true, no_owner = true,
  phrase = function(o) return "TEXT SEARCH TEMPLATE " .. names.of(o) end,
  make = function(world) return { name = world:name(), as = pick.one { "dsimple", "dispell" } } end,
  change = function(o) o.as = pick.one { "dsimple", "dispell" } end,
  sql = function(o)
    return { ("CREATE TEXT SEARCH TEMPLATE %s (INIT = pg_catalog.dsimple_init, LEXIZE = pg_catalog.%s_lexize)"):format(names.of(o), o.as) }
  end,
}

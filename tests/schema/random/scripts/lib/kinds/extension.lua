local pick = require "pick"
local names = require "names"

-- An extension of which most servers have the files; the statement fails on the others.
return {
  kind = "extension", weight = 1, no_owner = true,
  phrase = function(o) return "EXTENSION " .. names.quote(o.name) end,
  make = function(world) return { name = pick.one { "citext", "hstore", "tablefunc" }, inside = world:schema() } end,
  change = function(o, world) o.inside = world:schema() end,
  sql = function(o)
    return { ("CREATE EXTENSION %s%s"):format(names.quote(o.name), o.inside and " WITH SCHEMA " .. names.quote(o.inside.name) or "") }
  end,
}

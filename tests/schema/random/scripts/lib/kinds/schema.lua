local names = require "names"

local function phrase(o) return "SCHEMA " .. names.of(o) end

return {
  kind = "schema", weight = 1, acl = "SCHEMA", phrase = phrase,
  make = function(world)
    if #world:all { "schema" } == 0 then return { name = "public" } end
    return { name = world:name() }
  end,
  sql = function(o) return { o.name ~= "public" and "CREATE " .. phrase(o) or nil } end,
}

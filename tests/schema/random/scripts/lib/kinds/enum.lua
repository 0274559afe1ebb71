local pick = require "pick"
local names = require "names"

local words = { "new", "open", "it's", "Größe", "done", "a b", "", "x,y", '"q"' }

return {
  kind = "enum", weight = 3, acl = "TYPE", in_schema = true,
  phrase = function(o) return "TYPE " .. names.of(o) end,
  make = function(world) return { name = world:name(), values = pick.some(words, 1, 5) } end,
  change = function(o)
    local what = math.random(4)
    if what <= 2 then
      o.made = (o.made or 0) + 1
      table.insert(o.values, math.random(#o.values + 1), "added " .. o.made)
    elseif what == 3 and #o.values > 1 then table.remove(o.values, math.random(#o.values))
    else table.insert(o.values, table.remove(o.values, 1)) end
  end,
  sql = function(o)
    local list = {}
    for i, value in ipairs(o.values) do list[i] = names.literal(value) end
    return { ("CREATE TYPE %s AS ENUM (%s)"):format(names.of(o), table.concat(list, ", ")) }
  end,
}

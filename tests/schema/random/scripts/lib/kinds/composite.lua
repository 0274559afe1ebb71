local pick = require "pick"
local names = require "names"
local types = require "types"

local function attribute(o, world)
  o.made = (o.made or 0) + 1
  return { name = names.column(o.made), type = types.any(world) }
end

return {
  kind = "composite", weight = 2, acl = "TYPE", in_schema = true,
  phrase = function(o) return "TYPE " .. names.of(o) end,
  make = function(world)
    local o = { name = world:name(), attributes = {} }
    for i = 1, math.random(3) do o.attributes[i] = attribute(o, world) end
    return o
  end,
  change = function(o, world)
    local what = math.random(3)
    if what == 1 then table.insert(o.attributes, attribute(o, world))
    elseif what == 2 and #o.attributes > 1 then table.remove(o.attributes, math.random(#o.attributes))
    else pick.one(o.attributes).type = types.any(world) end
  end,
  sql = function(o)
    local list = {}
    for i, a in ipairs(o.attributes) do list[i] = names.quote(a.name) .. " " .. types.sql(a.type) end
    return { ("CREATE TYPE %s AS (%s)"):format(names.of(o), table.concat(list, ", ")) }
  end,
}

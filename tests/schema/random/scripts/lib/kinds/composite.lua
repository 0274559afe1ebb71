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
    local what = math.random(4)
    if what == 4 then
      local a = pick.one(o.attributes)
      if pick.chance(50) then a.comment = not a.comment and "of an attribute" or nil
      else a.collation = not a.collation and types.is_string(a.type) and ' COLLATE pg_catalog."C"' or nil end
    elseif what == 1 then table.insert(o.attributes, attribute(o, world))
    elseif what == 2 and #o.attributes > 1 then table.remove(o.attributes, math.random(#o.attributes))
    else
      local a = pick.one(o.attributes)
      a.type, a.collation = types.any(world), nil
    end
  end,
  sql = function(o)
    local lines, list = {}, {}
    for i, a in ipairs(o.attributes) do
      lines[i] = names.quote(a.name) .. " " .. types.sql(a.type) .. (a.collation or "")
      if a.comment then list[#list + 1] = ("COMMENT ON COLUMN %s.%s IS '%s'"):format(names.of(o), names.quote(a.name), a.comment) end
    end
    table.insert(list, 1, ("CREATE TYPE %s AS (%s)"):format(names.of(o), table.concat(lines, ", ")))
    return list
  end,
}

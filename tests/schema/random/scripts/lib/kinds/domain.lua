local pick = require "pick"
local names = require "names"
local types = require "types"
local expressions = require "expressions"

-- Not a domain: its base type could be this domain.
local function below(world)
  local t
  repeat t = types.any(world) until type(t.base) == "string" or t.base.kind ~= "domain"
  return t
end

local aspects = {
  function(o) o.not_null = not o.not_null or nil end,
  function(o) o.default = not o.default and types.value(o.type) or nil end,
  function(o, world)
    if #o.checks > 0 and pick.chance(50) then return table.remove(o.checks) end
    o.made = (o.made or 0) + 1
    table.insert(o.checks, { name = "check " .. o.made, is = expressions.condition(world, { { name = "VALUE", type = o.type } }) })
  end,
  function(o, world) o.type, o.default, o.checks = below(world), nil, {} end,
}

return {
  kind = "domain", weight = 3, acl = "TYPE", in_schema = true,
  phrase = function(o) return "DOMAIN " .. names.of(o) end,
  make = function(world)
    local o = { name = world:name(), type = below(world), checks = {} }
    for _ = 1, math.random(0, 2) do aspects[math.random(3)](o, world) end
    return o
  end,
  change = function(o, world) pick.one(aspects)(o, world) end,
  sql = function(o)
    local list = { ("CREATE DOMAIN %s AS %s%s%s"):format(names.of(o), types.sql(o.type), o.default and " DEFAULT " .. o.default or "",
      o.not_null and " NOT NULL" or "") }
    for _, check in ipairs(o.checks) do
      local call = expressions.sql(check.is):gsub('"VALUE"', "VALUE")
      list[#list + 1] = ("ALTER DOMAIN %s ADD CONSTRAINT %s CHECK (%s)"):format(names.of(o), names.quote(check.name), call)
    end
    return list
  end,
}

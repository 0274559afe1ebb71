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
  function(o)
    local check = pick.one(o.checks)
    if check then check.not_valid = not check.not_valid or nil end
  end,
  function(o) o.collation = types.is_string(o.type) and pick.maybe(70, ' COLLATE pg_catalog."C"') or nil end,
  function(o, world) o.type, o.default, o.checks, o.collation = below(world), nil, {}, nil end,
}

return {
  kind = "domain", weight = 3, acl = "TYPE", in_schema = true,
  phrase = function(o) return "DOMAIN " .. names.of(o) end,
  make = function(world)
    local o = { name = world:name(), type = below(world), checks = {} }
    for _ = 1, math.random(0, 2) do aspects[math.random(5)](o, world) end
    return o
  end,
  change = function(o, world) pick.one(aspects)(o, world) end,
  sql = function(o)
    local list = { ("CREATE DOMAIN %s AS %s%s%s%s"):format(names.of(o), types.sql(o.type), o.collation or "", o.default and " DEFAULT " .. o.default or "",
      o.not_null and " NOT NULL" or "") }
    for _, check in ipairs(o.checks) do
      local call = expressions.sql(check.is):gsub('"VALUE"', "VALUE")
      list[#list + 1] = ("ALTER DOMAIN %s ADD CONSTRAINT %s CHECK (%s)%s"):format(names.of(o), names.quote(check.name), call, check.not_valid and " NOT VALID" or "")
    end
    return list
  end,
}

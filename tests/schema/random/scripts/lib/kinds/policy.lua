local pick = require "pick"
local names = require "names"
local columns = require "columns"
local expressions = require "expressions"

local function make(o, world)
  o.command, o.to = pick.one { "ALL", "SELECT", "INSERT", "UPDATE", "DELETE" }, pick.one { "PUBLIC", "random_a", 'random_a, "random B"' }
  local other = world:any("table", "view")
  o.using = o.command ~= "INSERT" and expressions.condition(world, columns.of(o.table)) or nil
  o.check = o.command ~= "SELECT" and o.command ~= "DELETE" and pick.maybe(50, expressions.condition(world, columns.of(o.table))) or nil
  o.exists = o.using and pick.maybe(30, other)
end

return {
  kind = "policy", weight = 4, no_owner = true,
  phrase = function(o) return ("POLICY %s ON %s"):format(names.quote(o.name), names.of(o.table)) end,
  make = function(world)
    local o = { name = world:name(), table = world:any("table", "partition") }
    if not o.table or #columns.of(o.table) == 0 then return nil end
    make(o, world)
    return o
  end,
  change = function(o, world)
    if pick.chance(30) then o.restrictive = not o.restrictive or nil else make(o, world) end
  end,
  sql = function(o)
    local using = o.using and expressions.sql(o.using)
    if o.exists then using = ("EXISTS (SELECT 1 FROM %s) AND (%s)"):format(names.of(o.exists), using) end
    return { ("CREATE POLICY %s ON %s AS %s FOR %s TO %s%s%s"):format(names.quote(o.name), names.of(o.table),
      o.restrictive and "RESTRICTIVE" or "PERMISSIVE", o.command, o.to, using and (" USING (%s)"):format(using) or "",
      o.check and (" WITH CHECK (%s)"):format(expressions.sql(o.check)) or "") }
  end,
}

local pick = require "pick"
local names = require "names"
local queries = require "queries"

local options = { "security_barrier = true", "security_invoker = true", "check_option = local" }

return {
  kind = "view", weight = 10, acl = "TABLE", in_schema = true,
  phrase = function(o) return "VIEW " .. names.of(o) end,
  make = function(world)
    local o = { name = world:name(), inherits = {} }
    if not queries.make(o, world) then return nil end
    o.options = pick.chance(15) and pick.some(options, 1, 1) or {}
    return o
  end,
  change = function(o, world)
    if pick.chance(20) then o.options = pick.some(options, 0, 1) else queries.change(o, world) end
  end,
  sql = function(o)
    local with = #o.options > 0 and (" WITH (%s)"):format(table.concat(o.options, ", ")) or ""
    return { ("CREATE VIEW %s%s AS %s"):format(names.of(o), with, queries.sql(o)) }
  end,
}

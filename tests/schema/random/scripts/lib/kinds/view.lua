local pick = require "pick"
local names = require "names"
local types = require "types"
local queries = require "queries"

local options = { "security_barrier = true", "security_invoker = true", "check_option = local", "check_option = cascaded" }

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
    if pick.chance(15) then o.default = not o.default and pick.one(o.columns) or nil
    elseif pick.chance(20) then o.options = pick.some(options, 0, 1) else queries.change(o, world) end
  end,
  sql = function(o)
    local with = #o.options > 0 and (" WITH (%s)"):format(table.concat(o.options, ", ")) or ""
    return { ("CREATE VIEW %s%s AS %s"):format(names.of(o), with, queries.sql(o)),
             o.default and ("ALTER VIEW %s ALTER COLUMN %s SET DEFAULT %s"):format(names.of(o), names.quote(o.default.name), types.value(o.default.type))
               or nil,
             o.default and ("COMMENT ON COLUMN %s.%s IS 'of a view'"):format(names.of(o), names.quote(o.default.name)) or nil }
  end,
}

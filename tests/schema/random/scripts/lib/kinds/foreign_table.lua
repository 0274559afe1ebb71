local pick = require "pick"
local names = require "names"
local columns = require "columns"

return {
  kind = "foreign table", weight = 2, acl = "TABLE", in_schema = true,
  phrase = function(o) return "FOREIGN TABLE " .. names.of(o) end,
  make = function(world)
    local o = { kind = "foreign table", name = world:name(), server = world:any "foreign server", inherits = {}, options = pick.maybe(30, "a 'b'") }
    if not o.server then return nil end
    columns.make(world, o, math.random(3))
    return o
  end,
  change = function(o, world)
    if pick.chance(60) then columns.change(world, o)
    elseif pick.chance(50) and #o.columns > 0 then pick.one(o.columns).foreign_options = pick.one { "a 'b'", "c 'it''s'" }
    else o.options = pick.maybe(70, pick.one { "a 'c', d 'e'" }) end
  end,
  sql = function(o)
    local lines = {}
    for i, column in ipairs(o.columns) do lines[i] = columns.line(column) end
    local list = { ("CREATE FOREIGN TABLE %s (%s) SERVER %s%s"):format(names.of(o), table.concat(lines, ", "), names.quote(o.server.name),
      o.options and (" OPTIONS (%s)"):format(o.options) or "") }
    columns.later(list, o)
    return list
  end,
}

local pick = require "pick"
local names = require "names"
local columns = require "columns"
local expressions = require "expressions"

local function make(o, world)
  o.event, o.instead = pick.one { "INSERT", "UPDATE", "DELETE" }, pick.one { "INSTEAD", "ALSO" }
  o.into = pick.maybe(50, world:any("table"))
  o.where = o.event == "INSERT" and pick.maybe(30, expressions.condition(world, columns.of(o.table))) or nil
end

return {
  kind = "rule", weight = 2, no_owner = true,
  phrase = function(o) return ("RULE %s ON %s"):format(names.quote(o.name), names.of(o.table)) end,
  make = function(world)
    local o = { name = world:name(), table = world:any("table", "view") }
    if not o.table then return nil end
    make(o, world)
    return o
  end,
  change = function(o, world)
    if pick.chance(40) then o.state = pick.maybe(70, pick.one { "DISABLE", "ENABLE REPLICA" }) else make(o, world) end
  end,
  sql = function(o)
    return { ("CREATE RULE %s AS ON %s TO %s%s DO %s %s"):format(names.quote(o.name), o.event, names.of(o.table),
               o.where and " WHERE " .. expressions.sql(o.where, "NEW.") or "", o.instead,
               o.into and ("INSERT INTO %s DEFAULT VALUES"):format(names.of(o.into)) or "NOTHING"),
             o.state and ("ALTER TABLE %s %s RULE %s"):format(names.of(o.table), o.state, names.quote(o.name)) or nil }
  end,
}

local pick = require "pick"
local names = require "names"

local function make(o)
  o.event, o.tags = pick.one { "ddl_command_end", "sql_drop", "ddl_command_start", "table_rewrite" }, pick.maybe(40, "'CREATE TABLE', 'DROP VIEW'")
  if o.event == "table_rewrite" then o.tags = o.tags and "'ALTER TABLE'" end
end

return {
  kind = "event trigger", weight = 1, no_owner = true,
  phrase = function(o) return "EVENT TRIGGER " .. names.quote(o.name) end,
  make = function(world)
    local o = { name = world:name(), call = world:call "event" }
    make(o)
    return o
  end,
  change = function(o)
    if pick.chance(50) then o.state = pick.maybe(70, pick.one { "DISABLE", "ENABLE ALWAYS" }) else make(o) end
  end,
  sql = function(o)
    return { ("CREATE EVENT TRIGGER %s ON %s%s EXECUTE FUNCTION %s()"):format(names.quote(o.name), o.event,
               o.tags and (" WHEN TAG IN (%s)"):format(o.tags) or "", names.of(o.call)),
             o.state and ("ALTER EVENT TRIGGER %s %s"):format(names.quote(o.name), o.state) or nil }
  end,
}

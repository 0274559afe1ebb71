local pick = require "pick"
local names = require "names"

local words = { TABLES = "SELECT", SEQUENCES = "USAGE", FUNCTIONS = "EXECUTE", TYPES = "USAGE", SCHEMAS = "USAGE" }

local function make(o, world)
  o.on, o.to, o.verb = pick.one { "TABLES", "SEQUENCES", "FUNCTIONS", "TYPES", "SCHEMAS" }, pick.one { "random_a", '"random B"', "PUBLIC" }, pick.one { "GRANT", "GRANT", "REVOKE" }
  o.inside = o.on ~= "SCHEMAS" and pick.maybe(50, world:schema()) or nil
  o.role = pick.maybe(30, "random_owner")
end

return {
  kind = "default privileges", weight = 1,
  make = function(world)
    local o = { name = "" }
    make(o, world)
    return o
  end,
  change = make,
  sql = function(o)
    return { ("ALTER DEFAULT PRIVILEGES%s%s %s %s ON %s %s %s"):format(o.role and " FOR ROLE " .. o.role or "",
      o.inside and " IN SCHEMA " .. names.quote(o.inside.name) or "", o.verb, words[o.on], o.on, o.verb == "GRANT" and "TO" or "FROM", o.to) }
  end,
}

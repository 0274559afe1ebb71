local pick = require "pick"
local names = require "names"

local options = { "synchronous_commit = local", "binary = true", "streaming = true", "disable_on_error = true" }

-- A subscription that never connects.
return {
  kind = "subscription", weight = 1, no_owner = true,
  phrase = function(o) return "SUBSCRIPTION " .. names.quote(o.name) end,
  make = function(world) return { name = world:name(), host = pick.one { "a", "b" }, publications = { "one" }, options = {} } end,
  change = function(o)
    local what = math.random(3)
    if what == 1 then o.host = pick.one { "a", "b" }
    elseif what == 2 then o.publications = pick.some({ "one", '"Two"', "three" }, 1, 3)
    else o.options = pick.some(options, 0, 2) end
  end,
  sql = function(o)
    return { ("CREATE SUBSCRIPTION %s CONNECTION 'host=%s' PUBLICATION %s WITH (connect = false, slot_name = NONE%s)"):format(names.quote(o.name),
      o.host, table.concat(o.publications, ", "), #o.options > 0 and ", " .. table.concat(o.options, ", ") or "") }
  end,
}

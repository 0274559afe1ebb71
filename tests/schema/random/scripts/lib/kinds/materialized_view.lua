local pick = require "pick"
local names = require "names"
local queries = require "queries"

return {
  -- REFRESH runs as the owner, who may not read what the view reads.
  kind = "materialized view", weight = 4, acl = "TABLE", in_schema = true, no_owner = true,
  phrase = function(o) return "MATERIALIZED VIEW " .. names.of(o) end,
  make = function(world)
    local o = { name = world:name(), inherits = {} }
    return queries.make(o, world) and o
  end,
  change = function(o, world)
    local what = math.random(5)
    if what == 5 then o.method = not o.method and world:any "access method" or nil
    elseif what == 1 then o.no_data = not o.no_data or nil
    elseif what == 2 then o.options = not o.options and "fillfactor = 80" or nil
    elseif what == 3 then o.statistics = not o.statistics and pick.one(o.columns) or nil
    else queries.change(o, world) end
  end,
  sql = function(o)
    local with = o.options and (" WITH (%s)"):format(o.options) or ""
    return { ("CREATE MATERIALIZED VIEW %s%s%s AS %s%s"):format(names.of(o), o.method and " USING " .. names.quote(o.method.name) or "", with, queries.sql(o), o.no_data and " WITH NO DATA" or ""),
             o.statistics and ("ALTER MATERIALIZED VIEW %s ALTER COLUMN %s SET STATISTICS 200"):format(names.of(o), names.quote(o.statistics.name))
               or nil }
  end,
}

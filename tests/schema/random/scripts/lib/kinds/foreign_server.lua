local pick = require "pick"
local names = require "names"

-- A server with a separate wrapper.
return {
  kind = "foreign server", weight = 2, acl = "FOREIGN SERVER",
  phrase = function(o) return "SERVER " .. names.quote(o.name) end,
  make = function(world) return { name = world:name(), wrapper = world:name(), options = pick.maybe(50, "host 'a', \"Port\" '1'"),
                                 type = pick.maybe(20, "of type"), validator = pick.maybe(15, true) } end,
  change = function(o)
    local what = math.random(4)
    if what == 4 and pick.chance(30) then o.validator = not o.validator or nil
    elseif what == 4 then o.wrapper_options = pick.maybe(70, pick.one { "a '1'", "a '2', b '3'" })
    elseif what == 1 then o.options = pick.maybe(70, pick.one { "host 'b'", "\"it's\" 'it''s', host 'a'" })
    elseif what == 2 then o.version = not o.version and "1.0" or nil
    else o.mapping = not o.mapping and pick.one { "random_a", "PUBLIC", "PUBLIC OPTIONS" } or nil end
  end,
  sql = function(o)
    local list = { "CREATE FOREIGN DATA WRAPPER " .. names.quote(o.wrapper)
        .. (o.validator and " VALIDATOR pg_catalog.postgresql_fdw_validator" or "") .. (o.wrapper_options and (" OPTIONS (%s)"):format(o.wrapper_options) or ""),
      ("CREATE SERVER %s%s%s FOREIGN DATA WRAPPER %s%s"):format(names.quote(o.name), o.type and (" TYPE '%s'"):format(o.type) or "", o.version and " VERSION '1.0'" or "", names.quote(o.wrapper),
        o.options and (" OPTIONS (%s)"):format(o.options) or "") }
    if o.mapping then
      list[3] = ("CREATE USER MAPPING FOR %s SERVER %s%s"):format(o.mapping:match "^%S+", names.quote(o.name),
        o.mapping:find "OPTIONS" and " OPTIONS (\"user\" 'it''s', username 'x')" or "")
    end
    return list
  end,
}

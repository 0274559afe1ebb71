local pick = require "pick"
local names = require "names"

local members = { "OPERATOR 1 pg_catalog.< (integer, bigint)", "OPERATOR 3 pg_catalog.= (integer, bigint)",
                  "FUNCTION 1 (integer, bigint) pg_catalog.btint48cmp(integer, bigint)", "OPERATOR 3 pg_catalog.= (bigint, bigint)" }

-- A family with members that belong to no class.
return {
  kind = "operator family", weight = 1, in_schema = true,
  phrase = function(o) return ("OPERATOR FAMILY %s USING btree"):format(names.of(o)) end,
  make = function(world) return { name = world:name(), members = pick.some(members, 0, 3) } end,
  change = function(o) o.members = pick.some(members, 0, 3) end,
  sql = function(o)
    local list = { ("CREATE OPERATOR FAMILY %s USING btree"):format(names.of(o)) }
    for i, member in ipairs(o.members) do list[i + 1] = ("ALTER OPERATOR FAMILY %s USING btree ADD %s"):format(names.of(o), member) end
    return list
  end,
}

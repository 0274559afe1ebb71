local pick = require "pick"
local names = require "names"
local types = require "types"

return {
  kind = "cast", weight = 4, no_owner = true,
  phrase = function(o) return ("CAST (%s AS text)"):format(types.sql(o.call.type)) end,
  make = function(world)
    local f = world:call "convert"
    return type(f.type.base) == "table" and { name = "", call = f, as = " AS ASSIGNMENT" } or nil
  end,
  -- With an implicit cast to text, PostgreSQL cannot choose an operator of an enum or a composite type any more.
  change = function(o)
    if pick.chance(40) then o.inout = not o.inout or nil end
    o.as = pick.one { "", o.call.type.base.kind == "base type" and " AS IMPLICIT" or " AS ASSIGNMENT" }
  end,
  sql = function(o)
    local type_ = types.sql(o.call.type)
    local how = o.inout and "WITH INOUT" or ("WITH FUNCTION %s(%s)"):format(names.of(o.call), type_)
    return { ("CREATE CAST (%s AS text) %s%s"):format(type_, how, o.as) }
  end,
}

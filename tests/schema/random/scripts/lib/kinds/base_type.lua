local pick = require "pick"
local names = require "names"

local stores = { "", ", STORAGE = extended", ", CATEGORY = 'X', PREFERRED = true", ", DEFAULT = 'a'", ", COLLATABLE = true" }

-- A type whose values are those of text, with the functions that read and write it; or a shell.
return {
  kind = "base type", weight = 1, acl = "TYPE", in_schema = true,
  phrase = function(o) return "TYPE " .. names.of(o) end,
  make = function(world)
    local name = world:name()
    -- The functions have longer names.
    while #name > 50 do name = world:name() end
    return { name = name, as = pick.one(stores), shell = pick.maybe(20, true) }
  end,
  change = function(o)
    if pick.chance(30) then o.shell = not o.shell or nil else o.as = pick.one(stores) end
  end,
  sql = function(o)
    local name, reads, writes = names.of(o), names.of { schema = o.schema, name = o.name .. "_in" }, names.of { schema = o.schema, name = o.name .. "_out" }
    local list = { "CREATE TYPE " .. name }
    if o.shell then return list end
    list[2] = ("CREATE FUNCTION %s(cstring) RETURNS %s LANGUAGE internal IMMUTABLE STRICT AS 'textin'"):format(reads, name)
    list[3] = ("CREATE FUNCTION %s(%s) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout'"):format(writes, name)
    list[4] = ("CREATE TYPE %s (INPUT = %s, OUTPUT = %s, INTERNALLENGTH = VARIABLE%s)"):format(name, reads, writes, o.as)
    return list
  end,
}

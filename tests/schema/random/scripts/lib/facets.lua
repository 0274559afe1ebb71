-- facets.lua: the owner, the comment and the privileges of an object.

local pick = require "pick"
local names = require "names"

local facets = {}

-- pg_dump prints a grant to the owner of an object, although it changes nothing, so grantees own nothing.
local owners, grantees = { "random_owner", '"random Owner"' }, { "random_a", '"random B"', "PUBLIC" }
local privileges = {
  TABLE = { "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER" }, SEQUENCE = { "USAGE", "SELECT", "UPDATE" },
  FUNCTION = { "EXECUTE" }, PROCEDURE = { "EXECUTE" }, TYPE = { "USAGE" }, DOMAIN = { "USAGE" }, SCHEMA = { "USAGE", "CREATE" }, LANGUAGE = { "USAGE" },
  ["FOREIGN DATA WRAPPER"] = { "USAGE" }, ["FOREIGN SERVER"] = { "USAGE" },
}

-- Privileges on an object, or on one of its columns: { verb, words, to, option }
local function grant(kind)
  local words = pick.some(privileges[kind.acl], 1, 3)
  if #words == 0 or pick.chance(20) then words = { "ALL" } end
  return { verb = pick.chance(20) and "REVOKE" or "GRANT", words = words, to = pick.one(grantees), option = pick.chance(15) }
end

local function comment() return pick.one { "a comment", "it's", "two\nlines", "back\\slash; -- or so", "größer" } end

function facets.make(o, kind)
  o.comment = pick.maybe(15, comment())
  o.owner = not kind.no_owner and pick.maybe(12, pick.one(owners)) or nil
  o.grants = {}
  for _ = 1, kind.acl and pick.chance(25) and math.random(2) or 0 do table.insert(o.grants, grant(kind)) end
end

function facets.change(o, kind)
  local what = math.random(3)
  if what == 1 then o.comment = not o.comment and comment() or pick.maybe(50, comment())
  elseif what == 2 and not kind.no_owner then o.owner = pick.maybe(70, pick.one(owners))
  elseif kind.acl and #o.grants > 0 and pick.chance(50) then table.remove(o.grants)
  elseif kind.acl then table.insert(o.grants, grant(kind)) end
end

-- Adds the statements to a list.
function facets.sql(list, o, kind)
  local phrase = kind.phrase(o)
  if o.comment then list[#list + 1] = ("COMMENT ON %s IS %s"):format(phrase, names.literal(o.comment)) end
  local on = kind.acl and (kind.granted_on and kind.granted_on(o) or kind.acl .. phrase:sub(#phrase:match "^[%u ]+"))
  for _, g in ipairs(o.grants) do
    local format = g.verb == "GRANT" and "GRANT %s ON %s TO %s%s" or "REVOKE %s ON %s FROM %s"
    list[#list + 1] = format:format(table.concat(g.words, ", "), on, g.to, g.option and g.to ~= "PUBLIC" and " WITH GRANT OPTION" or "")
  end
  if o.owner then list[#list + 1] = ("ALTER %s OWNER TO %s"):format(phrase, o.owner) end
end

return facets

-- facets.lua: properties of many kinds of objects: an owner, a comment, privileges.

local core = ...
local text = core.require "schema.text"

local facets = { alter = {} }

-- How commands name an object.
function facets.phrase(o)
  return o.kind.phrase and o.kind.phrase(o) or o.kind.kind .. " " .. o.name
end

function facets.alter.owner(new)
  return ("ALTER %s OWNER TO %s"):format(facets.phrase(new), new.owner)
end

function facets.alter.comment(new)
  return ("COMMENT ON %s IS %s"):format(facets.phrase(new), new.comment and text.quote(new.comment) or "NULL")
end

-- The properties that a new object has by default.
function facets.context(from, to)
  return { from = from, to = to, owner = from.user }
end

function facets.create(list, new, context)
  if new.owner and new.owner ~= context.owner then list[#list + 1] = facets.alter.owner(new) end
  if new.comment then list[#list + 1] = facets.alter.comment(new) end
end

return facets

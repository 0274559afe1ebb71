-- lend.lua: privileges that an owner does not have on its own object, and needs while a migration runs.
--
-- A role can revoke its own privileges on what it owns.  Statements that look into a schema, read a sequence or a table, or check a
-- foreign key fail then, unless a superuser runs them.  So the owner gets these privileges first, and loses them at the end.

local core = ...
local facets = core.require "schema.facets"

-- Does a statement about an object need privileges on another one that it needs?  Of tables, only what reads them does.
local function uses(object, needed)
  if needed.kind.acl ~= "r" then return needed.kind.acl ~= nil end
  local kind = object.kind.kind
  return kind == "MATERIALIZED VIEW" or kind == "CONSTRAINT" and object.type == "f"
    or kind == "COLUMN" and object.identity and object.table == needed
end

local function is_schema(_, needed) return needed.kind.acl == "n" end

-- Adds the objects of the schema to reach that an object uses: { [object] = true }.
local function add_used(used, object, to, test)
  for needed in pairs(object.needs) do
    local whole = needed.table or needed -- pg_depend names a column, or the key to which a foreign key refers
    local new = to.objects[whole.id]
    if new and test(object, whole) then used[new] = true end
  end
  if object.table then add_used(used, object.table, to, is_schema) end
end

-- The objects of the schema to reach on which the changes need privileges.
local function find_used(changes, to, used)
  for _, change in ipairs(changes) do
    find_used(change.within, to, used)
    local object = change.object
    add_used(used, object, to, change.verb == "drop" and is_schema or uses)
    if change.verb == "alter" then
      add_used(used, change.old, to, is_schema)
      if object.kind.acl == "s" or object.identity then used[object] = true end
    end
  end
  return used
end

-- `context`: of facets.context, with `creates`.  → the statements that come first, and those that come last
return function(changes, context)
  local first, last, used = {}, {}, find_used(changes, context.to, {})
  for _, new in ipairs(context.to.list) do
    local old = used[new] and not context.creates[new] and context.from.objects[new.id]
    if old then facets.lend(first, last, new, old) end
  end
  return first, last
end

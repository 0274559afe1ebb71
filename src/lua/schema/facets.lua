-- facets.lua: properties of many kinds of objects: an owner, a comment, privileges.

local core = ...
local text = core.require "schema.sql.text"
local privileges = core.require "schema.privileges"

local facets = { alter = {} }

-- These fields are altered after the other fields of the kind, in this order.
local last = { owner = 1, comment = 2, column_comments = 3, privileges = 4, column_privileges = 5, identity_privileges = 6 }

-- The order in which the fields of an object are altered, for table.sort.
function facets.before(a, b)
  local i, j = last[a] or 0, last[b] or 0
  if i ~= j then return i < j end
  return a < b
end

-- How commands name an object.
function facets.phrase(o)
  return o.kind.phrase and o.kind.phrase(o) or o.kind.kind .. " " .. o.name
end

-- What no other object may have at the same time.
function facets.names(o)
  return o.kind.names and o.kind.names(o) or { o.id }
end

local of_privileges = { privileges = true, column_privileges = true, identity_privileges = true }

-- Only a superuser can give an object to any role, or grant privileges on the objects of any owner.
facets.needs_superuser = { owner = true, privileges = true, column_privileges = true, identity_privileges = true }

-- Is the field unknown in one of two objects?  No statement makes an index invalid, so a valid index is as good as an
-- invalid one. Nor can a statement disable the triggers of one foreign key: their names contain OIDs.
function facets.unknown(field, old, new)
  if field == "invalid" then return new.invalid == true end
  if field == "triggers" then return new.triggers ~= nil end
  if field == "owner" then return old.owner == nil or new.owner == nil end
  if new.kind.unknown and new.kind.unknown(field, old, new) then return true end
  return of_privileges[field] and (old._open_privileges or new._open_privileges) or false
end

-- An object that files or migrations create belongs to the role that runs them, so its owner is unknown.
function facets.leave_owners_open(snapshot)
  for _, object in ipairs(snapshot.list) do
    if object.owner == snapshot.user then object.owner = nil end
  end
end

-- Owners and comments --------------------------------------------------------

function facets.alter.owner(new)
  return ("ALTER %s OWNER TO %s"):format(facets.phrase(new), new.owner)
end

function facets.alter.comment(new)
  return ("COMMENT ON %s IS %s"):format(facets.phrase(new), new.comment and text.quote(new.comment) or "NULL")
end

-- Items "NAME: VALUE" → { [NAME] = { VALUE, … } } and the names in their order.
local function by_column(list)
  local columns, names = {}, {}
  for _, item in ipairs(list or {}) do
    local name, value = text.split_item(item)
    if not columns[name] then
      columns[name] = {}
      names[#names + 1] = name
    end
    table.insert(columns[name], value)
  end
  return columns, names
end

-- Does the composite type still have the attribute?
local function has_column(o, name)
  for _, attribute in ipairs(o.attributes or {}) do
    if text.split_item(attribute) == name then return true end
  end
  return not o.attributes
end

-- Columns that are not separate objects: those of a view or a composite type.
function facets.alter.column_comments(new, old)
  local list, had, has = {}, by_column(old.column_comments), by_column(new.column_comments)
  local function say(names, test)
    for _, name in ipairs(names) do
      local value = has[name] and has[name][1]
      if test(value, had[name] and had[name][1], name) then
        list[#list + 1] = ("COMMENT ON COLUMN %s.%s IS %s"):format(new.name, name, value and text.quote(value) or "NULL")
      end
    end
  end
  local _, before = by_column(old.column_comments)
  local _, after = by_column(new.column_comments)
  say(before, function(value, _, name) return not value and has_column(new, name) end)
  say(after, function(value, before) return value ~= before end)
  return list
end

-- Privileges -----------------------------------------------------------------

local kinds_of_target = { r = "TABLE", s = "SEQUENCE", T = "TYPE", n = "SCHEMA", l = "LANGUAGE", F = "FOREIGN DATA WRAPPER",
                          S = "FOREIGN SERVER" }

local function target_of(o)
  local acl = o.kind.acl
  if acl == "c" then return { on = "TABLE " .. o.relation, column = o.column } end
  if acl == "f" then return { on = o._granted_on or facets.phrase(o) } end
  return { on = kinds_of_target[acl] .. " " .. o.name }
end

-- The owner of an object at the time of its GRANT and REVOKE; `old` is the object before, or nil.
local owner_of
function owner_of(o, old)
  return o.owner or o.table and o.table.owner or old and owner_of(old) or "CURRENT_USER"
end

local function add(list, statements) table.move(statements, 1, #statements, #list + 1, list) end

-- GRANT and REVOKE as steps (changes.lua).
local function change(...)
  local list, last = privileges.change(...)
  for i, sql in ipairs(list) do list[i] = { sql = sql, final = i >= last or nil } end
  return list
end

-- REVOKE on a table also revokes the privileges on its columns, so the ones that stay are granted again.  A column that is
-- created again gets them later.
local function restore_columns(list, new, old, context)
  local had = {}
  for _, part in ipairs(old.parts or {}) do had[part.id] = part end
  for _, part in ipairs(new.parts or {}) do
    local before = had[part.id]
    if part.privileges and before and before.privileges and not context.creates[part] then
      add(list, change(target_of(part), owner_of(new, old), {}, privileges.common(before.privileges, part.privileges)))
    end
  end
end

local function revokes(list)
  for _, step in ipairs(list) do
    if step.sql:find "^REVOKE" then return true end
  end
  return false
end

function facets.alter.privileges(new, old, _, context)
  local list = change(target_of(new), owner_of(new, old), old.privileges or old._base_privileges or {},
                      new.privileges or new._base_privileges or {}, old._delegated)
  if new.kind.acl == "r" and revokes(list) then restore_columns(list, new, old, context) end
  return list
end

function facets.alter.column_privileges(new, old)
  local list, had, has = {}, by_column(old.column_privileges), by_column(new.column_privileges)
  local _, names = by_column(privileges.merge(old.column_privileges or {}, new.column_privileges or {}))
  for _, name in ipairs(names) do
    local target = { on = "TABLE " .. new.name, column = name }
    add(list, change(target, owner_of(new, old), had[name] or {}, has[name] or {}))
  end
  return list
end

local function alter_identity(new, old_list, old)
  local target = { on = "SEQUENCE " .. new.identity_sequence }
  return change(target, owner_of(new, old), old_list, new.identity_privileges or new._sequence_privileges)
end

function facets.alter.identity_privileges(new, old)
  if not new.identity then return {} end
  return alter_identity(new, old.identity_privileges or new._sequence_privileges, old)
end

-- The entries of `base` for the owner that neither list has, and that PUBLIC does not have either.
local function lacking(base, old, new)
  local list, has = {}, text.set(privileges.merge(old, new))
  for _, entry in ipairs(base) do
    local grantee, privilege = privileges.split(entry)
    if grantee == "*" and not (has[entry] or has["PUBLIC=" .. privilege]) then list[#list + 1] = entry end
  end
  return list
end

-- Adds the GRANT that gives an owner the privileges on its object, or on the sequence of its identity column, that it has in neither
-- schema, and the REVOKE that takes them again.
function facets.lend(first, last, new, old)
  local function lend(before, after, had, has, base)
    local list = lacking(base, had, has)
    if #list == 0 then return false end
    add(first, (privileges.change(before, owner_of(old), had, privileges.merge(had, list))))
    add(last, (privileges.change(after, owner_of(new, old), privileges.merge(has, list), has)))
    return true
  end
  if new._open_privileges then return end
  if new.identity and old.identity and new.identity_privileges and old.identity_privileges then
    lend({ on = "SEQUENCE " .. old.identity_sequence }, { on = "SEQUENCE " .. new.identity_sequence },
         old.identity_privileges, new.identity_privileges, new._sequence_privileges)
  end
  local target = new.kind.acl ~= "c" and new.privileges and old.privileges and target_of(new)
  local lent = target and lend(target_of(old), target, old.privileges, new.privileges, new._base_privileges)
  -- REVOKE on a table also revokes the privileges on its columns.
  for _, part in ipairs(lent and new.kind.acl == "r" and new.parts or {}) do
    if part.privileges then add(last, (privileges.change(target_of(part), owner_of(new, old), {}, part.privileges))) end
  end
end

-- New objects ----------------------------------------------------------------

local words = { r = "TABLES", s = "SEQUENCES", f = "FUNCTIONS", T = "TYPES", n = "SCHEMAS" }

-- The privileges of a new object without default privileges, and with those of the running role. Default privileges change
-- at the end of the migration, and are dropped at its beginning (kinds/default_privileges.lua).
function facets.initial(context, acl, name, kind)
  local none = context.from.defaults[acl] or {}
  if not words[acl] or kind and kind.no_default_privileges then return none, none end
  local function default(id)
    local o = context.from.objects[id]
    return o and context.to.objects[id] and o
  end
  local global = default("DEFAULT PRIVILEGES ON " .. words[acl])
  local has = global and global.grants or none
  for _, o in ipairs(context.in_schemas) do
    if o._words == words[acl] and name:sub(1, #o._schema_name + 1) == o._schema_name .. "." and default(o.id) then
      has = privileges.merge(has, o.grants)
    end
  end
  return none, has
end

local function initial(...) return (select(2, facets.initial(...))) end

local function create_privileges(list, new, context)
  local acl, before = new.kind.acl, #list
  if new._open_privileges then return end
  if acl then
    local wanted = new.privileges or new._base_privileges or {}
    add(list, change(target_of(new), owner_of(new), initial(context, acl, new.name, new.kind), wanted))
  end
  if new.column_privileges then add(list, facets.alter.column_privileges(new, {})) end
  if new.identity then
    add(list, alter_identity(new, initial(context, "s", new.identity_sequence)))
  end
  for i = before + 1, #list do context.superuser[list[i].sql] = true end
end

-- The properties that a new object has by default.
function facets.context(from, to)
  local in_schemas = {}
  for _, o in ipairs(from.list) do
    if o.kind.kind == "DEFAULT PRIVILEGES" and o._schema_name and o._for == "" then in_schemas[#in_schemas + 1] = o end
  end
  return { from = from, to = to, owner = from.user, in_schemas = in_schemas }
end

function facets.create(list, new, context)
  if new.owner and new.owner ~= context.owner then
    local statement = facets.alter.owner(new)
    context.superuser[statement] = true
    add(list, { statement })
  end
  if new.comment then add(list, { facets.alter.comment(new) }) end
  if new.column_comments then add(list, facets.alter.column_comments(new, {})) end
  create_privileges(list, new, context)
end

-- Reading --------------------------------------------------------------------

local comments = [[
SELECT @address(classoid, objoid, objsubid) AS of, description AS comment,
       CASE WHEN objsubid > 0 THEN (SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = objoid AND attnum = objsubid) END
         AS column,
       CASE classoid WHEN 'pg_class'::regclass THEN (SELECT relkind::text FROM pg_class WHERE oid = objoid) END AS relkind
  FROM pg_description WHERE objoid >= 16384
UNION ALL
SELECT @address(pg_namespace, n.oid, 0), d.description, NULL, NULL
  FROM pg_description d JOIN pg_namespace n ON n.oid = d.objoid
 WHERE d.classoid = 'pg_namespace'::regclass AND n.oid < 16384]]

-- The index of a constraint and the sequence of an identity column are not separate objects.
local function add_relation_comment(object, row)
  local kind = object and object.kind.kind
  if kind == "CONSTRAINT" and row.relkind:lower() == "i" then object.index_comment = row.comment end
  if kind == "COLUMN" and row.relkind == "S" then object.identity_comment = row.comment end
end

local function read_comments(db, found, expand)
  for _, row in ipairs(db:query(expand(comments))) do
    local object = found.by_address[row.of]
    local whole = not object and row.column and found.resolve(row.of & ~0x7ff)
    if object then
      object.comment = row.comment
    elseif whole then
      whole.column_comments = whole.column_comments or {}
      table.insert(whole.column_comments, row.column .. ": " .. row.comment)
    elseif row.relkind then
      add_relation_comment(found.resolve(row.of), row)
    end
  end
  for _, object in ipairs(found.list) do
    if object.column_comments then table.sort(object.column_comments) end
  end
end

-- Completes the objects of a snapshot; `expand` replaces the @-words of a query.
function facets.read(db, found, expand)
  read_comments(db, found, expand)
  privileges.read(db, found, expand)
end

return facets

-- snapshot.lua: the catalog of a database as one Lua value.
--
-- A snapshot: { version = 150020, objects = { [id] = object }, list = { object, … } }.  An object is the row of its
-- kind's query: fields that are NULL are absent, so that it holds only what is not the default.  It also has
-- `kind`, `id`, and:
--   needs    the objects that it depends on: { [object] = how }. How is one of
--            "normal": it cannot exist without that object
--            "owned": it cannot, and is dropped with that object, which owns it
--            "before": it can exist without that object, but is created after it
--            "around": it can exist without that object, and is created before it
--            "beside": it can exist without that object, and its kind says which is created first
--            "below": it is dropped with that object, but can be created before it
--   parts    of a relation: its columns, defaults and constraints
--   row_types  the relations whose row types it needs: { [object] = true }, or nil
-- of_kind(name) is the list of the objects of one kind, and with_row_types that of the objects that have row_types.
-- `reported` has the objects of kinds that are only reported: { [id] = object }.
-- Fields whose names begin with _ are addresses and positions: they are not compared.
--
-- In a query of a kind, these stand for SQL (see the functions below):
--   @address(pg_class, c.oid, 0)   an object's address: catalog, OID and column number in one bigint
--   @ours(n)                       the schema n, a row of pg_namespace, is in scope
--   @own(pg_class, c.oid)          the object is not a member of an extension
--   @chosen(w, name)               is the name one that PostgreSQL chooses for w, a NOT NULL constraint?
--   @since(14, a, b)               a on servers of this major version and later, b before
--   @excluded                      the list of schemas that are not in scope

local core = ...
local kinds = core.require "schema.kinds"
local facets = core.require "schema.facets"
local find_histories = core.require "schema.histories"
local relations = core.require "schema.sql.relation"
local text = core.require "schema.sql.text"
local casts = core.require "schema.sql.casts"
local present = core.require "schema.sql.present"

local snapshot = {}

-- Queries --------------------------------------------------------------------

local function arguments(text)
  local list = {}
  for argument in (text:sub(2, -2) .. ","):gmatch "%s*(.-)%s*," do list[#list + 1] = argument end
  return list
end

local function address(catalog, oid, column)
  local class = catalog:find "^pg_" and ("'pg_catalog.%s'::regclass::oid"):format(catalog) or catalog
  return ("((%s::int8 << 43) + (%s::int8 << 11) + %s)"):format(class, oid, column or "0")
end

local function ours(schema)
  return ("(%s.nspname !~ '^pg_' AND %s.nspname <> 'information_schema' AND %s.nspname <> ALL (@excluded))")
    :format(schema, schema, schema)
end

-- NOT IN makes the list of members once, from an index; NOT EXISTS would look into pg_depend for each object.
local function own(catalog, oid)
  return ("%s NOT IN (SELECT member.objid FROM pg_depend member WHERE member.refclassid = 'pg_extension'::regclass AND member.classid = '%s'::regclass AND member.deptype = 'e')")
    :format(oid, catalog)
end

-- PostgreSQL chooses no name that another constraint of the schema has.  A partition gets its constraints after its parent.
local function chosen(constraint, name)
  return ("(%s.conname = %s AND NOT EXISTS (SELECT FROM pg_constraint other WHERE other.conname = %s.conname AND other.connamespace = %s.connamespace AND other.oid <> %s.oid AND other.coninhcount = 0))")
    :format(constraint, name, constraint, constraint, constraint)
end

local function expand(query, version)
  local function since(args)
    local major, new, old = args:match "^%((%d+),%s*(.-)%s*|%s*(.-)%s*%)$"
    return version >= tonumber(major) * 10000 and new or old
  end
  query = query:gsub("@since(%b())", since)
  for name, fn in pairs { address = address, ours = ours, own = own, chosen = chosen } do
    query = query:gsub("@" .. name .. "(%b())", function(args) return fn(table.unpack(arguments(args))) end)
  end
  return query
end

-- Objects that PostgreSQL itself made have lower OIDs: FirstNormalObjectId of access/transam.h.  Nothing depends on the
-- triggers of a foreign key or on a table for TOAST.
local dependencies = [[
SELECT @address(classid, objid, objsubid) AS of, @address(refclassid, refobjid, refobjsubid) AS on, deptype AS type,
       classid IN ('pg_constraint'::regclass, 'pg_trigger'::regclass) OR classid = 'pg_class'::regclass AND objid IN
         (SELECT x.indexrelid FROM pg_index x JOIN pg_inherits h ON h.inhrelid = x.indexrelid WHERE x.indisexclusion) AS cloned,
       refclassid = 'pg_type'::regclass AS as_type
  FROM pg_depend
 WHERE objid >= 16384 AND deptype <> 'e' AND (refobjid >= 16384 OR refclassid = 'pg_namespace'::regclass)
   AND NOT (classid = 'pg_trigger'::regclass AND refclassid = 'pg_constraint'::regclass)
   AND NOT (classid = 'pg_class'::regclass AND objid IN (SELECT oid FROM pg_class WHERE relnamespace = 'pg_toast'::regnamespace))
UNION ALL
SELECT @address(classid, objid, 0), @address(refclassid, refobjid, 0), 'e', false, false
  FROM pg_depend WHERE deptype = 'e']]

-- Dependencies ---------------------------------------------------------------

-- deptype of pg_depend: with these, an object is dropped with the other one.
local owned = { a = true, i = true, P = true, S = true }

-- Finds the object that an address belongs to: the object with this address; the object of which it is an internal part
-- (the rule of a view, the row type of a table, the index of a constraint, the clone of a foreign key in a partition, a
-- member of an extension); or, for a column, its relation.
local function resolver(by_address, owner)
  local WHOLE <const> = ~0x7ff
  return function(at)
    for _ = 1, 8 do
      local object = by_address[at]
      if object then return object end
      local whole = at & WHOLE
      at = owner[at] or owner[whole] or whole
      if by_address[whole] and not owner[at] then return by_address[whole] end
    end
  end
end

-- Which dependency decides to which object an internal part belongs. A constraint that was created with a partition
-- belongs to the constraint of the parent, not to its own columns.
local strengths = { a = 1, P = 2, i = 3, e = 3 }

local function link(found, objects, by_address, rows)
  local owner, strength = {}, {}
  for _, row in ipairs(rows) do
    local strong = strengths[row.type]
    if strong and not by_address[row.of] and strong > (strength[row.of] or 0) then
      owner[row.of], strength[row.of] = row.on, strong
    end
  end
  local resolve = resolver(by_address, owner)
  found.resolve = resolve
  for _, row in ipairs(rows) do
    -- The clone of a constraint, of its index, or of a trigger in a partition is created and dropped with the partition; the
    -- original stays.
    local of = not (row.cloned and not by_address[row.of]) and resolve(row.of)
    local on = resolve(row.on)
    if of and on and of ~= on then
      -- Only the object itself, not a part of it, is owned.
      of.needs[on] = (owned[row.type] and by_address[row.of] == of) and "owned" or of.needs[on] or "normal"
      if row.as_type and by_address[row.on] ~= on then
        if not of.row_types then
          of.row_types = {}
          table.insert(found.with_row_types, of)
        end
        of.row_types[on] = true
      end
    end
  end
  for _, object in ipairs(objects) do
    local table_ = object._table and by_address[object._table]
    if table_ then
      object.table = table_
      object.needs[table_] = "owned"
      table_.parts = table_.parts or {}
      table.insert(table_.parts, object)
    end
  end
end

-- Adds a link, the object by which `child` inherits from `parent`.  It is created after the parts of both tables whose
-- kinds have a lower rank, and `child` itself no longer needs `parent`.  No parent: an extension has it, or a schema that is not
-- in scope.
local function link_tables(link, child, parent)
  parent = parent or { id = "TABLE " .. link.parent, name = link.parent, needs = {}, parts = {} }
  link.child, link._of = child, parent
  link.needs[child], link.needs[parent] = "owned", "owned"
  child.needs[parent] = nil
  child._links = child._links or {}
  table.insert(child._links, link)
  parent._heirs = parent._heirs or {}
  table.insert(parent._heirs, link)
  for _, relation in ipairs { child, parent } do
    for _, part in ipairs(relation.parts or {}) do
      if part.kind.rank < link.kind.rank and not (part.kind.unlinked and part.kind.unlinked(part, child)) then
        -- When a partition is attached, PostgreSQL chooses one of its indexes for each index of the
        -- partitioned table with the same keys.
        local has_twin = #relations.twins(part) > 0
        link.needs[part] = link.needs[part] or has_twin and (relation == parent and "around" or "beside") or "before"
      end
    end
  end
end

-- Reading --------------------------------------------------------------------

-- One query for the objects of all kinds that the database may have, each as JSON without its NULLs: it takes one round
-- trip.  `excluded`: schemas, as an SQL array.
local function all_kinds(version, may_have, excluded)
  local parts = {}
  for i, kind in ipairs(kinds.list) do
    if kind.query and version >= (kind.since or 0) * 10000 and may_have(kind) then
      parts[#parts + 1] = ("SELECT %d AS kind, json_strip_nulls(row_to_json(x))::text AS object FROM (%s) x")
        :format(i, expand(kind.query, version))
    end
  end
  return (table.concat(parts, "\nUNION ALL\n"):gsub("@excluded", function() return excluded end))
end

-- Names as an SQL array.
local function array(db, names)
  local list = {}
  for i, name in ipairs(names) do list[i] = db:escape_literal(name) end
  return ("ARRAY[%s]::text[]"):format(table.concat(list, ", "))
end

-- The functions that print definitions see the catalog of this moment, not that of the transaction. An object that
-- another session has just dropped is in the rows of a query, but these functions return NULL for it, or fail.
local vanished = {}
local VANISHED = { XX000 = true, ["42P01"] = true, ["42883"] = true, ["42704"] = true, ["3F000"] = true }
local SECONDS = 10 -- then the snapshot is read again

-- Replaces the expressions of an object: two that look different may be equal once PostgreSQL has read them back.
local function settle(object)
  local fields = object.kind.expressions or {}
  for _, field in ipairs(type(fields) == "function" and fields(object) or fields) do
    if object[field] then object[field], object._lists = text.settled(object[field], object._lists) end
  end
end

local function add_object(found, object, kind)
  object.kind, object.id, object.needs = kind, kind.kind .. " " .. object.name, {}
  if kind.certain and not object[kind.certain] then error(vanished, 0) end
  settle(object)
  if kind.report_only then
    found.reported[object.id] = object
    return
  end
  found.objects[object.id] = object
  found.list[#found.list + 1] = object
  found.by_address[object._address] = object
  local same = found.kinds[kind.kind]
  if same then same[#same + 1] = object else found.kinds[kind.kind] = { object } end
end

local function read_objects(db, excluded, found, may_have)
  local decode, WHOLE <const> = moonbird.json.decode, ~0x7ff
  local foreign, names = find_histories(db, excluded.histories)
  found.histories = names
  -- The object itself, or the table, sequence or child of which it is a property.
  local function is_foreign(object)
    for _, field in ipairs { "_address", "_table", "_sequence", "_child" } do
      if object[field] and foreign[object[field] & WHOLE] then return true end
    end
    return false
  end
  for _, row in ipairs(db:query(all_kinds(found.version, may_have, array(db, excluded.schemas)))) do
    local object = decode(row.object)
    if not is_foreign(object) then add_object(found, object, kinds.list[row.kind]) end
  end
end

-- These settings change how the server prints definitions, and the two databases can have different
-- values.
local settings = [[
SELECT pg_catalog.set_config(name, setting, true)
  FROM (VALUES ('quote_all_identifiers', 'off'), ('standard_conforming_strings', 'on'), ('datestyle', 'ISO, MDY'),
               ('timezone', 'UTC'), ('intervalstyle', 'postgres'), ('bytea_output', 'hex'), ('extra_float_digits', '3'),
               ('lc_monetary', 'C'), ('jit', 'off')) s (name, setting)]]

local function read_all(db, excluded, shows_secrets)
  local version = db.server_version
  db:set("search_path", "pg_catalog, pg_temp")
  db:query(settings)
  local user, may_have = present.read(db)
  local found = { version = version, user = user, link = link_tables,
                  casts = casts.read(db), objects = {}, list = {}, by_address = {}, reported = {}, shows_secrets = shows_secrets,
                  kinds = {}, with_row_types = {} }
  function found.of_kind(name) return found.kinds[name] or {} end
  read_objects(db, excluded, found, may_have)
  link(found, found.list, found.by_address, db:query(expand(dependencies, version)))
  facets.read(db, found, function(query) return expand(query, version) end)
  for _, kind in ipairs(kinds.list) do
    if kind.complete then kind.complete(db, found) end
    if kind.finish then kind.finish(found) end
  end
  return found
end

-- With REPEATABLE READ, all queries of a transaction see one state of the catalog. For a read-only db, source.lua
-- sets the isolation level, because its transaction already has a snapshot here.
local function read_one_state(db, excluded, shows_secrets, statements)
  if db:value "SHOW transaction_read_only" == "off" then db:exec "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ" end
  for _, statement in ipairs(statements) do db:exec(statement) end
  return read_all(db, excluded, shows_secrets)
end

-- Reads in the transaction of the caller, and keeps its settings. → false and the error, or true and the snapshot
local function read_inside(db, excluded, shows_secrets)
  local found
  local undone = {}
  local _, err = db:try(function()
    found = read_all(db, excluded, shows_secrets)
    error(undone, 0)
  end)
  if err ~= undone then return false, err end
  return true, found
end

-- `excluded`: what is not in scope: `schemas`, names such as that of the history, and `histories` of other tools, a list
-- of project:histories. `shows_secrets`: the snapshot has
-- the options of user mappings that may be secrets: for a schema that files make.
function snapshot.read(db, excluded, shows_secrets)
  local deadline = os.time() + SECONDS
  repeat
    local ok, found
    if db.in_transaction then ok, found = read_inside(db, excluded, shows_secrets)
    else ok, found = pcall(db.transaction, db, read_one_state, db, excluded, shows_secrets, {}) end
    if ok then return found end
    if found ~= vanished and not VANISHED[found.sqlstate] then error(found, 0) end
  until os.time() > deadline
  core.fail("failed", "other sessions changed the schema each time moonbird read it",
            "Run the command again when they are done.")
end

-- Reads the snapshot after some statements, and rolls the statements back.
function snapshot.read_after(db, excluded, shows_secrets, statements)
  local found
  local undone = {}
  local ok, err = pcall(db.transaction, db, function()
    found = read_one_state(db, excluded, shows_secrets, statements)
    error(undone, 0)
  end)
  if not ok and err ~= undone then error(err, 0) end
  return found
end

-- The objects of a new database of the same server. dump compares `found` with them.
function snapshot.of_new_database(found)
  local new = { version = found.version, user = found.user, defaults = found.defaults, casts = found.casts,
                objects = {}, list = {}, by_address = {}, reported = {} }
  for _, object in ipairs(found.list) do
    if object._initial then
      local initial = {}
      for field, value in pairs(object) do initial[field] = value end
      initial.privileges, initial.comment = nil, "standard public schema"
      if found.version >= 150000 then initial.owner = "pg_database_owner" end
      new.objects[object.id] = initial
      new.list[#new.list + 1] = initial
    end
  end
  return new
end

return snapshot

-- functions.lua: the functions and procedures of the database, without those of extensions.

local core = ...
local catalog = core.require "studio.catalog.read"

local functions = {}

local kinds = { f = "function", p = "procedure", a = "aggregate", w = "window function" }
local volatile = { i = "immutable", s = "stable", v = "volatile" }

local fields = [[
SELECT p.oid, n.nspname AS schema, p.proname AS name, pg_get_function_identity_arguments(p.oid) AS arguments,
       pg_get_function_result(p.oid) AS result, p.prokind::text AS kind, l.lanname AS language, p.provolatile::text AS volatile,
       p.prosecdef AS definer, pg_get_userbyid(p.proowner) AS owner, obj_description(p.oid, 'pg_proc') AS comment
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang]]

-- $1: the schema, or NULL for all.
local list = fields .. [[
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
   AND CASE WHEN $1::text IS NULL THEN ]] .. catalog.ours .. [[ ELSE n.nspname = $1::text END
 ORDER BY n.nspname, p.proname, 4]]

local one = fields .. " WHERE n.nspname = $1 AND p.proname = $2 AND pg_get_function_identity_arguments(p.oid) = $3"

local triggers = [[
SELECT n.nspname AS schema, c.relname AS table, t.tgname AS name
  FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE t.tgfoid = $1 AND NOT t.tgisinternal ORDER BY 1, 2, 3]]

local function describe(row)
  local made = {}
  for key, value in pairs(row) do made[key] = value end
  made.letter, made.kind, made.volatile = row.kind, kinds[row.kind], volatile[row.volatile]
  return made
end

-- { { schema, name, arguments, result, kind, language, volatile, definer, owner, comment }, ... }
function functions.list(db, schema)
  local found = {}
  for i, row in ipairs(catalog.read(db, function() return db:query(list, schema) end)) do found[i] = describe(row) end
  return found
end

-- One of them, also with `definition`, except for an aggregate, and `triggers`; or nil.
function functions.one(db, schema, name, arguments)
  return catalog.read(db, function()
    local row = db:row(one, schema, name, arguments)
    if not row then return nil end
    local found = describe(row)
    if found.letter ~= "a" then found.definition = db:value("SELECT pg_get_functiondef($1::oid)", found.oid) end
    found.triggers = db:query(triggers, found.oid)
    return found
  end)
end

return functions

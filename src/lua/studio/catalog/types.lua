-- types.lua: the types of the database that are not those of a table, without those of extensions.

local core = ...
local catalog = core.require "studio.catalog.read"

local types = {}

local kinds = { e = "enum", d = "domain", c = "composite type", r = "range", b = "base type" }

-- $1: the schema, or NULL for all.  An array, a multirange and the row type of a table come with another object.
local query = [[
SELECT n.nspname AS schema, t.typname AS name, t.typtype::text AS kind, obj_description(t.oid, 'pg_type') AS comment,
       CASE t.typtype
         WHEN 'e' THEN (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)
         WHEN 'd' THEN concat_ws(' ', format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || t.typdefault,
              (SELECT string_agg(pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname) FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'))
         WHEN 'c' THEN (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
              FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
         WHEN 'r' THEN (SELECT 'of ' || format_type(r.rngsubtype, NULL) FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid)
       END AS definition
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype IN ('e', 'd', 'c', 'r', 'b') AND t.typelem = 0 AND t.typisdefined
   AND (t.typrelid = 0 OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype IN ('e', 'i') AND d.refclassid <> 'pg_class'::regclass)
   AND CASE WHEN $1::text IS NULL THEN ]] .. catalog.ours .. [[ ELSE n.nspname = $1::text END
 ORDER BY n.nspname, t.typname]]

-- { { schema, name, kind, definition, comment }, ... }
function types.list(db, schema)
  local rows = catalog.read(db, function() return db:query(query, schema) end)
  for _, row in ipairs(rows) do row.kind = kinds[row.kind] end
  return rows
end

return types

-- histories.lua: the tables of other migration tools, which are no part of a schema.

-- $1: names of tables, $2: their schemas, or ''; $3: their columns, separated by spaces. Lists the tables, what belongs
-- to them, and the schemas that hold nothing else.
local tables = [[
WITH RECURSIVE known AS (
  SELECT k.name, k.schema, k.columns FROM unnest($1::text[], $2::text[], $3::text[]) k(name, schema, columns)
), found AS (
  SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN known k ON k.name = c.relname
   WHERE c.relkind = 'r' AND k.schema IN ('', n.nspname)
     AND string_to_array(k.columns, ' ') <@ ARRAY(
       SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
), parts AS (
  SELECT 'pg_class'::regclass::oid AS class, f.oid, f.name FROM found f
  UNION
  SELECT d.classid, d.objid, NULL FROM parts p JOIN pg_depend d ON d.refclassid = p.class AND d.refobjid = p.oid
   WHERE d.deptype IN ('a', 'i')
)
SELECT p.class::int8, p.oid::int8, p.name FROM parts p
UNION
SELECT 'pg_namespace'::regclass::oid::int8, n.oid::int8, NULL FROM pg_namespace n JOIN known k ON k.schema = n.nspname
 WHERE n.nspname <> 'public' AND NOT EXISTS (
   SELECT FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
      AND (d.classid, d.objid) NOT IN (SELECT p.class, p.oid FROM parts p))
 ORDER BY name]]

-- The addresses of the objects that belong to the histories, a list of project:histories, as keys: those of
-- snapshot.lua, without column numbers; and the names of the tables.
return function(db, histories)
  local found, left_out, names, schemas, columns = {}, {}, {}, {}, {}
  if #histories == 0 then return found, left_out end
  for i, history in ipairs(histories) do
    names[i], schemas[i], columns[i] = history.table, history.schema or "", table.concat(history.columns, " ")
  end
  for _, row in ipairs(db:query(tables, names, schemas, columns)) do
    found[(row.class << 43) + (row.oid << 11)] = true
    left_out[#left_out + 1] = row.name
  end
  return found, left_out
end

-- tables.lua: the tables and views of the database, in one query.

local core = ...
local catalog = core.require "studio.catalog.read"

local tables = {}

tables.kinds = { r = "table", p = "partitioned table", v = "view", m = "materialized view", f = "foreign table" }

-- $1: the schema, or NULL for all.  A table that was never analyzed has no number of rows.
local query = [[
SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.relispartition AS partition,
       CASE WHEN c.relkind IN ('r', 'p', 'm') AND c.reltuples >= 0 AND (c.reltuples > 0 OR c.relpages > 0)
            THEN c.reltuples::int8 END AS rows,
       CASE WHEN c.relkind IN ('r', 'm') AND c.oid <> ALL (]] .. catalog.locked .. [[) THEN pg_total_relation_size(c.oid) END AS bytes,
       obj_description(c.oid, 'pg_class') AS comment
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
   AND CASE WHEN $1::text IS NULL THEN ]] .. catalog.ours .. [[ ELSE n.nspname = $1::text END
 ORDER BY n.nspname, c.relname]]

-- { { schema, name, kind, partition, rows, bytes, comment }, ... }
function tables.list(db, schema)
  local rows = catalog.read(db, function() return db:query(query, schema) end)
  for _, row in ipairs(rows) do row.kind = tables.kinds[row.kind] end
  return rows
end

return tables

-- catalog.lua: what a prompt shows and completes of a database.  All of it needs a transaction.

local catalog = {}

local KINDS = [[CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
                WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END]]

-- As it must be written with the search_path as it is.
local NAME = [[CASE WHEN pg_table_is_visible(c.oid) THEN quote_ident(c.relname)
               ELSE quote_ident(n.nspname) || '.' || quote_ident(c.relname) END]]

local RELATIONS = [[FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
                      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema']]

function catalog.tables(db)
  return db:query("SELECT " .. NAME .. " AS name, " .. KINDS .. [[ AS kind,
                     CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END AS "rows, about",
                     pg_size_pretty(pg_total_relation_size(c.oid)) AS size ]] .. RELATIONS .. " ORDER BY 1")
end

-- name -> its columns, in their order
function catalog.names(db)
  local names = {}
  for row in db:rows("SELECT " .. NAME .. [[ AS name, ARRAY(SELECT quote_ident(a.attname) FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                        ORDER BY a.attnum) AS columns ]] .. RELATIONS) do
    names[row.name] = row.columns
  end
  return names
end

local parts = {
  { "columns", [[SELECT quote_ident(a.attname) AS "column", format_type(a.atttypid, a.atttypmod) AS type,
                   CASE WHEN a.attnotnull THEN 'not null' END AS "null",
                   CASE WHEN a.attidentity <> '' THEN 'identity'
                        WHEN a.attgenerated <> '' THEN 'generated: ' || pg_get_expr(d.adbin, d.adrelid)
                        ELSE pg_get_expr(d.adbin, d.adrelid) END AS "default"
                 FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                 WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum]] },
  { "indexes", [[SELECT quote_ident(i.relname) AS index, CASE WHEN NOT x.indisvalid THEN 'INVALID ' ELSE '' END
                   || regexp_replace(pg_get_indexdef(x.indexrelid), '^.* USING ', '') AS definition,
                   CASE WHEN x.indisprimary THEN 'primary key' WHEN x.indisunique THEN 'unique' END AS kind
                 FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
                 WHERE x.indrelid = $1::oid ORDER BY NOT x.indisprimary, i.relname]] },
  { "constraints", [[SELECT quote_ident(conname) AS constraint, pg_get_constraintdef(oid) AS definition
                     FROM pg_constraint WHERE conrelid = $1::oid ORDER BY contype <> 'p', conname]] },
  { "referenced by", [[SELECT conrelid::regclass::text AS "table", pg_get_constraintdef(oid) AS definition
                       FROM pg_constraint WHERE confrelid = $1::oid AND contype = 'f' ORDER BY 1, 2]] },
}

-- An array of { title, rows, columns }; nil when there is no such table.
function catalog.describe(db, name)
  local oid = db:value("SELECT to_regclass($1)::oid", name) or
              db:value("SELECT to_regclass(quote_ident($1))::oid", name)
  if not oid then return nil end
  local list = {}
  for _, part in ipairs(parts) do
    local rows, columns = db:query(part[2], oid)
    if #rows > 0 then list[#list + 1] = { part[1], rows, columns } end
  end
  return list
end

return catalog

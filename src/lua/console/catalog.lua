-- catalog.lua: the objects of a database that the console shows and completes.  All functions need a transaction.

local catalog = {}

-- The session may have any search_path, so each name and operator in these queries has its schema.
-- An object in that search_path is shown without its schema.

local KINDS = [[CASE WHEN c.relkind OPERATOR(pg_catalog.=) 'r' THEN 'table'
                     WHEN c.relkind OPERATOR(pg_catalog.=) 'p' THEN 'partitioned table'
                     WHEN c.relkind OPERATOR(pg_catalog.=) 'v' THEN 'view'
                     WHEN c.relkind OPERATOR(pg_catalog.=) 'm' THEN 'materialized view'
                     ELSE 'foreign table' END]]

local NAME = [[CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN pg_catalog.quote_ident(c.relname)
               ELSE pg_catalog.format('%I.%I', n.nspname, c.relname) END]]

local RELATIONS = [[FROM pg_catalog.pg_class c
                    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
                    WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,m,f}') AND NOT c.relispartition
                      AND n.nspname OPERATOR(pg_catalog.!~) '^pg_'
                      AND n.nspname OPERATOR(pg_catalog.<>) 'information_schema']]

-- A table that was never analyzed has -1 rows, and in PostgreSQL 13 no rows on no pages.
local ROWS = [[CASE WHEN c.reltuples OPERATOR(pg_catalog.>) 0 THEN c.reltuples::bigint
                    WHEN c.reltuples OPERATOR(pg_catalog.=) 0 AND (c.relpages OPERATOR(pg_catalog.>) 0
                      OR pg_catalog.current_setting('server_version_num')::int OPERATOR(pg_catalog.>=) 140000)
                    THEN 0 END]]

function catalog.tables(db)
  return db:query("SELECT " .. NAME .. " AS name, " .. KINDS .. " AS kind, " .. ROWS .. [[ AS "rows, about",
                     pg_catalog.pg_size_pretty(pg_catalog.pg_total_relation_size(c.oid)) AS size ]]
                  .. RELATIONS .. " ORDER BY 1")
end

function catalog.databases(db)
  return db:query [[SELECT pg_catalog.quote_ident(datname) AS name, pg_catalog.pg_get_userbyid(datdba) AS owner,
                      pg_catalog.pg_encoding_to_char(encoding) AS encoding, datcollate AS collation
                    FROM pg_catalog.pg_database ORDER BY 1]]
end

-- name -> its columns, in their order
function catalog.names(db)
  local names = {}
  for row in db:rows("SELECT " .. NAME .. [[ AS name,
                        ARRAY(SELECT pg_catalog.quote_ident(a.attname) FROM pg_catalog.pg_attribute a
                              WHERE a.attrelid OPERATOR(pg_catalog.=) c.oid
                                AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
                              ORDER BY a.attnum) AS columns ]] .. RELATIONS) do
    names[row.name] = row.columns
  end
  return names
end

local parts = {
  { "columns", [[SELECT pg_catalog.quote_ident(a.attname) AS "column",
                   pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
                   CASE WHEN a.attnotnull THEN 'not null' END AS "null",
                   CASE WHEN a.attidentity OPERATOR(pg_catalog.<>) '' THEN 'identity'
                        WHEN a.attgenerated OPERATOR(pg_catalog.<>) ''
                        THEN pg_catalog.concat('generated: ', pg_catalog.pg_get_expr(d.adbin, d.adrelid))
                        ELSE pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS "default"
                 FROM pg_catalog.pg_attribute a
                 LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid OPERATOR(pg_catalog.=) a.attrelid
                                                  AND d.adnum OPERATOR(pg_catalog.=) a.attnum
                 WHERE a.attrelid OPERATOR(pg_catalog.=) $1::pg_catalog.oid
                   AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped ORDER BY a.attnum]] },
  { "indexes", [[SELECT pg_catalog.quote_ident(i.relname) AS index,
                   pg_catalog.concat(CASE WHEN NOT x.indisvalid THEN 'INVALID ' END,
                     pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(x.indexrelid), '^.* USING ', ''))
                     AS definition,
                   CASE WHEN x.indisprimary THEN 'primary key' WHEN x.indisunique THEN 'unique' END AS kind
                 FROM pg_catalog.pg_index x
                 JOIN pg_catalog.pg_class i ON i.oid OPERATOR(pg_catalog.=) x.indexrelid
                 WHERE x.indrelid OPERATOR(pg_catalog.=) $1::pg_catalog.oid
                 ORDER BY NOT x.indisprimary, i.relname]] },
  { "constraints", [[SELECT pg_catalog.quote_ident(conname) AS constraint,
                       pg_catalog.pg_get_constraintdef(oid) AS definition
                     FROM pg_catalog.pg_constraint WHERE conrelid OPERATOR(pg_catalog.=) $1::pg_catalog.oid
                       -- The table of columns shows NOT NULL
                       AND (contype OPERATOR(pg_catalog.<>) 'n' OR NOT convalidated)
                     ORDER BY contype OPERATOR(pg_catalog.<>) 'p', conname]] },
  { "referenced by", [[SELECT conrelid::pg_catalog.regclass::pg_catalog.text AS "table",
                         pg_catalog.pg_get_constraintdef(oid) AS definition
                       FROM pg_catalog.pg_constraint
                       WHERE confrelid OPERATOR(pg_catalog.=) $1::pg_catalog.oid
                         AND contype OPERATOR(pg_catalog.=) 'f' ORDER BY 1, 2]] },
}

-- An array of { title, rows, columns }; nil when there is no such table.
function catalog.describe(db, name)
  local oid = db:value("SELECT pg_catalog.to_regclass($1)::pg_catalog.oid", name) or
              db:value("SELECT pg_catalog.to_regclass(pg_catalog.quote_ident($1))::pg_catalog.oid", name)
  if not oid then return nil end
  local list = {}
  for _, part in ipairs(parts) do
    local rows, columns = db:query(part[2], oid)
    if #rows > 0 then list[#list + 1] = { part[1], rows, columns } end
  end
  return list
end

return catalog

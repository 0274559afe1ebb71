-- table.lua: what a page needs to know of one table or view.
--
-- In its queries, @free(x) is x, or NULL if the table is locked and PostgreSQL would wait before it could compute x.

local core = ...
local catalog = core.require "studio.catalog.read"
local kinds = core.require "studio.catalog.tables".kinds

local details = {}

local relation = [[
SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind, format('%I.%I', n.nspname, c.relname) AS quoted,
       c.relrowsecurity AS row_security, c.relforcerowsecurity AS row_security_forced, c.relispartition AS partition,
       pg_get_userbyid(c.relowner) AS owner, obj_description(c.oid, 'pg_class') AS comment,
       CASE WHEN c.reltuples >= 0 AND (c.reltuples > 0 OR c.relpages > 0) THEN c.reltuples::int8 END AS rows,
       c.oid = ANY (]] .. catalog.locked .. [[) AS locked,
       c.relkind = 'r' AND EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = c.oid) AS has_children
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')]]

-- The operators of the type's default operator class for btree, which ORDER BY uses, if they are not those in
-- pg_catalog: { <, =, > }.  A domain has those of its type.
local operators = [[
(SELECT array_agg(format('OPERATOR(%I.%s)', opn.nspname, o.oprname) ORDER BY ao.amopstrategy)
   FROM pg_catalog.pg_opclass oc JOIN pg_catalog.pg_am am ON am.oid = oc.opcmethod AND am.amname = 'btree'
   JOIN pg_catalog.pg_amop ao ON ao.amopfamily = oc.opcfamily AND ao.amoplefttype = oc.opcintype
        AND ao.amoprighttype = oc.opcintype AND ao.amopstrategy IN (1, 3, 5)
   JOIN pg_catalog.pg_operator o ON o.oid = ao.amopopr JOIN pg_catalog.pg_namespace opn ON opn.oid = o.oprnamespace
  WHERE oc.opcdefault AND oc.opcintype = b.oid AND oc.opcnamespace <> 'pg_catalog'::regnamespace)]]

local sortable = [[
(b.typcategory IN ('S', 'E', 'R', 'A') OR b.typtype = 'm' OR EXISTS (
  SELECT FROM pg_catalog.pg_opclass oc JOIN pg_catalog.pg_am am ON am.oid = oc.opcmethod AND am.amname = 'btree'
   WHERE oc.opcdefault AND oc.opcintype = b.oid))]]

local columns = [[
SELECT a.attnum AS number, a.attname AS name, quote_ident(a.attname) AS quoted,
       format_type(a.atttypid, a.atttypmod) AS type, format('%I.%I', tn.nspname, t.typname) AS cast,
       a.attnotnull AS not_null, @free(pg_get_expr(d.adbin, d.adrelid)) AS "default", a.attidentity::text AS identity,
       @generated AS generated, col_description(a.attrelid, a.attnum) AS comment,
       b.typcategory AS category, b.typlen > 0 AS fixed,
       CASE WHEN b.typnamespace = 'pg_catalog'::regnamespace THEN b.typname::text ELSE '' END AS base, b.typtype::text AS class,
       @sortable AS sortable, @operators AS operators
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
  JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum]]

-- The columns of a unique key whose columns cannot be NULL: the primary key first.
local key = [[
SELECT ARRAY(SELECT k.number FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, at)
              WHERE k.at <= i.indnkeyatts ORDER BY k.at) AS columns
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
  JOIN pg_catalog.pg_am am ON am.oid = ic.relam AND am.amname = 'btree'
 WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                    WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[]) AND NOT a.attnotnull)
 ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1]]

-- Foreign keys from and to the table; for each, the two tables and their columns.
local foreign_keys = [[
SELECT k.conname AS name, k.conrelid = $1 AS outgoing, fn.nspname AS from_schema, f.relname AS from_table,
       tn.nspname AS to_schema, t.relname AS to_table,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u(number, at)
               JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number ORDER BY u.at) AS from_columns,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u(number, at)
               JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number ORDER BY u.at) AS to_columns,
       EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL
                  AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey) AS indexed
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class f ON f.oid = k.conrelid JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
  JOIN pg_catalog.pg_class t ON t.oid = k.confrelid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
 WHERE k.contype = 'f' AND (k.conrelid = $1 OR k.confrelid = $1)
   AND NOT (k.conparentid <> 0 AND k.conrelid <> $1)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint p WHERE p.oid = k.conparentid AND p.conrelid = k.conrelid)
 ORDER BY fn.nspname, f.relname, k.conname]]

local constraints = [[
SELECT k.conname AS name, k.contype::text AS type, @free(pg_get_constraintdef(k.oid)) AS definition, k.convalidated AS valid
  FROM pg_catalog.pg_constraint k WHERE k.conrelid = $1 AND k.contype IN ('c', 'u', 'p', 'x')
 ORDER BY k.contype <> 'p', k.conname]]

local indexes = [[
SELECT ic.relname AS name, @free(pg_get_indexdef(i.indexrelid)) AS definition, i.indisvalid AS valid, i.indisunique AS "unique",
       i.indisprimary AS "primary", s.idx_scan AS scans, obj_description(i.indexrelid, 'pg_class') AS comment,
       @free(pg_relation_size(i.indexrelid)) AS bytes
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
  LEFT JOIN pg_catalog.pg_stat_all_indexes s ON s.indexrelid = i.indexrelid
 WHERE i.indrelid = $1 ORDER BY NOT i.indisprimary, ic.relname]]

local policies = [[
SELECT p.polname AS name, p.polpermissive AS permissive,
       CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END AS command,
       ARRAY(SELECT CASE WHEN r = 0 THEN 'public' ELSE pg_get_userbyid(r)::text END FROM unnest(p.polroles) r) AS roles,
       @free(pg_get_expr(p.polqual, p.polrelid)) AS using, @free(pg_get_expr(p.polwithcheck, p.polrelid)) AS "check"
  FROM pg_catalog.pg_policy p WHERE p.polrelid = $1 ORDER BY p.polname]]

local triggers = [[
SELECT t.tgname AS name, t.tgenabled::text AS enabled, @free(pg_get_triggerdef(t.oid)) AS definition,
       obj_description(t.oid, 'pg_trigger') AS comment
  FROM pg_catalog.pg_trigger t WHERE t.tgrelid = $1 AND NOT t.tgisinternal ORDER BY t.tgname]]

local sizes = [[
SELECT @free(pg_relation_size(c.oid)) AS heap, @free(pg_indexes_size(c.oid)) AS indexes, @free(pg_total_relation_size(c.oid)) AS total,
       @free(pg_get_partkeydef(c.oid)) AS partition_key, s.seq_scan, s.idx_scan, s.n_dead_tup AS dead_rows,
       greatest(s.last_vacuum, s.last_autovacuum)::text AS vacuumed, greatest(s.last_analyze, s.last_autoanalyze)::text AS analyzed
  FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = c.oid
 WHERE c.oid = $1]]

-- Tables that it inherits from or is a partition of, and those that inherit from it.
local relatives = [[
SELECT i.inhrelid = $1 AS is_parent, n.nspname AS schema, c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
  FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = CASE WHEN i.inhrelid = $1 THEN i.inhparent ELSE i.inhrelid END
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE i.inhrelid = $1 OR i.inhparent = $1 ORDER BY 1 DESC, n.nspname, c.relname]]

local function ask(db, query, found)
  return db:query(query:gsub("@free(%b())", found.locked and "NULL" or "%1"), found.oid)
end

local function read_columns(db, found)
  local generated = db.server_version >= 120000 and "a.attgenerated::text" or "''"
  return ask(db, columns:gsub("@(%a+)", { generated = generated, sortable = sortable, operators = operators }), found)
end

local function read_key(db, found)
  local by_number = {}
  for _, column in ipairs(found.columns) do
    by_number[column.number], found.by_name[column.name] = column, column
  end
  local row = db:row(key, found.oid)
  if not row then return nil end
  local list = {}
  for i, number in ipairs(row.columns) do list[i] = by_number[number] end
  return list
end

-- A row of db refuses fields that are not columns of its query.
local function copy(row)
  local made = {}
  for key, value in pairs(row) do made[key] = value end
  return made
end

local function read_for_rows(db, schema, name)
  local row = db:row(relation, schema, name)
  if not row then return nil end
  local found = copy(row)
  found.letter, found.kind = found.kind, kinds[found.kind]
  -- A key of a table does not hold for those that inherit from it: they have pages of their own.
  found.from = (found.has_children and "ONLY " or "") .. found.quoted
  found.columns, found.by_name = read_columns(db, found), {}
  found.key = read_key(db, found)
  found.foreign_keys = db:query(foreign_keys, found.oid)
  return found
end

-- What is needed to read and change its rows; nil without such a table:
-- { oid, schema, name, quoted, from = what FROM names, kind, key = columns or nil, columns, by_name, foreign_keys, ... }
function details.for_rows(db, schema, name)
  return catalog.read(db, read_for_rows, schema, name)
end

-- All of it, for people.
function details.all(db, schema, name)
  return catalog.read(db, function()
    local found = read_for_rows(db, schema, name)
    if not found then return nil end
    for field, query in pairs {
      constraints = constraints, indexes = indexes, policies = policies, triggers = triggers, relatives = relatives,
    } do
      found[field] = ask(db, query, found)
    end
    found.sizes = ask(db, sizes, found)[1]
    if (found.letter == "v" or found.letter == "m") and not found.locked then found.definition = db:value("SELECT pg_get_viewdef($1::oid)", found.oid) end
    return found
  end)
end

return details

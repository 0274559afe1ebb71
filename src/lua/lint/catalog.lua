-- catalog.lua: what the database knows of its tables and domains: columns, constraints, indexes, and what depends on
-- columns.  It is read when a rule first asks, in one query.

local tree = (...).require "lint.tree"

local Catalog = {}
Catalog.__index = Catalog

-- `details` is JSON.  PostgreSQL refuses a new type of a column that a view, rule, trigger, policy or generated column uses
-- (RememberAllDependentForRebuilding in tablecmds.c).
local QUERY = [[
WITH relations AS (
  SELECT c.oid, pg_catalog.concat(CASE WHEN n.nspname = 'public' THEN '' ELSE pg_catalog.concat(n.nspname, '.') END, c.relname) AS name,
         c.relkind = 'p' AS partitioned
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = ANY ('{r,p,m}') AND n.nspname <> ALL ('{pg_catalog,information_schema}')
), columns AS (
  SELECT a.attrelid, pg_catalog.json_object_agg(a.attname, pg_catalog.json_build_object(
           'type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'not_null', a.attnotnull)) AS list
    FROM pg_catalog.pg_attribute a JOIN relations r ON r.oid = a.attrelid
   WHERE a.attnum > 0 AND NOT a.attisdropped GROUP BY a.attrelid
), checks AS (
  SELECT k.conrelid, pg_catalog.json_object_agg(k.conname, pg_catalog.json_build_object(
           'valid', k.convalidated, 'definition', pg_catalog.pg_get_constraintdef(k.oid), 'columns', coalesce((
             SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)), '[]'))) AS list
    FROM pg_catalog.pg_constraint k JOIN relations r ON r.oid = k.conrelid WHERE k.contype = 'c'
   GROUP BY k.conrelid
), used AS (
  SELECT d.classid, d.objid, d.refobjid AS relation, a.attname
    FROM pg_catalog.pg_depend d JOIN relations r ON r.oid = d.refobjid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
   WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid <> 0
), uses AS (
  SELECT objid, pg_catalog.json_agg(attname) AS list
    FROM used WHERE classid = 'pg_catalog.pg_class'::pg_catalog.regclass GROUP BY objid
), indexes AS (
  SELECT i.indrelid, pg_catalog.json_object_agg(x.relname, pg_catalog.json_build_object(
           'columns', coalesce((SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.pg_attribute a
                                 WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)), '[]'),
           'uses', coalesce(u.list, '[]'), 'scans', pg_catalog.pg_stat_get_numscans(i.indexrelid))) AS list
    FROM pg_catalog.pg_index i JOIN relations r ON r.oid = i.indrelid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    LEFT JOIN uses u ON u.objid = i.indexrelid
   GROUP BY i.indrelid
), sequences AS (
  SELECT d.refobjid, pg_catalog.json_object_agg(a.attname, pg_catalog.json_build_object(
           'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
           'last', CASE WHEN pg_catalog.has_sequence_privilege(d.objid, 'SELECT,USAGE')
                        THEN pg_catalog.pg_sequence_last_value(d.objid::pg_catalog.regclass) END)) AS list
    FROM pg_catalog.pg_depend d JOIN relations r ON r.oid = d.refobjid JOIN pg_catalog.pg_sequence s ON s.seqrelid = d.objid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
   WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
   GROUP BY d.refobjid
), cascades AS (
  SELECT k.confrelid, pg_catalog.json_agg(r.name) AS list
    FROM pg_catalog.pg_constraint k JOIN relations r ON r.oid = k.conrelid
   WHERE k.contype = 'f' AND k.confdeltype = 'c' GROUP BY k.confrelid
), users AS (
  SELECT u.relation, u.attname, 'view' AS kind, w.ev_class::pg_catalog.regclass::pg_catalog.text AS name
    FROM used u JOIN pg_catalog.pg_rewrite w ON u.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND w.oid = u.objid
  UNION SELECT u.relation, u.attname, 'trigger', t.tgname
    FROM used u JOIN pg_catalog.pg_trigger t ON u.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND t.oid = u.objid
   WHERE NOT t.tgisinternal
  UNION SELECT u.relation, u.attname, 'policy', p.polname
    FROM used u JOIN pg_catalog.pg_policy p ON u.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND p.oid = u.objid
  UNION SELECT u.relation, u.attname, 'generated column', g.attname
    FROM used u JOIN pg_catalog.pg_attrdef f ON u.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND f.oid = u.objid
    JOIN pg_catalog.pg_attribute g ON g.attrelid = f.adrelid AND g.attnum = f.adnum
   WHERE g.attname <> u.attname
), dependents AS (
  SELECT relation, pg_catalog.json_agg(pg_catalog.json_build_object('column', attname, 'kind', kind, 'name', name)) AS list
    FROM users GROUP BY relation
)
SELECT 'table' AS kind, r.name, pg_catalog.json_build_object(
         'partitioned', r.partitioned, 'columns', coalesce(c.list, '{}'), 'checks', coalesce(k.list, '{}'), 'indexes', coalesce(i.list, '{}'),
         'sequences', coalesce(s.list, '{}'), 'cascades', coalesce(q.list, '[]'), 'dependents', coalesce(d.list, '[]'))::pg_catalog.text AS details
  FROM relations r LEFT JOIN columns c ON c.attrelid = r.oid LEFT JOIN checks k ON k.conrelid = r.oid
  LEFT JOIN indexes i ON i.indrelid = r.oid LEFT JOIN dependents d ON d.relation = r.oid
  LEFT JOIN sequences s ON s.refobjid = r.oid LEFT JOIN cascades q ON q.confrelid = r.oid
UNION ALL
SELECT 'domain', pg_catalog.concat(CASE WHEN n.nspname = 'public' THEN '' ELSE pg_catalog.concat(n.nspname, '.') END, t.typname),
       pg_catalog.json_build_object('constrained', t.typnotnull
         OR EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid))::pg_catalog.text
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype = 'd' AND n.nspname <> ALL ('{pg_catalog,information_schema}')]]

-- An operator without a schema is looked up in search_path.
QUERY = QUERY:gsub(" ([=<>]+) ", " OPERATOR(pg_catalog.%1) ")

-- `query`: a function that returns the rows of a statement.
function Catalog.new(query) return setmetatable({ query = query }, Catalog) end

local function read(self)
  self.all = { table = {}, domain = {} }
  for _, row in ipairs(self.query(QUERY)) do self.all[row.kind][row.name] = moonbird.json.decode(row.details) end
end

-- The columns of an index are its keys; `uses` has also those of its expressions and of its WHERE.
--
-- What is known of a table: { partitioned, columns = { name → { type, not_null } }, checks = { name → { valid, definition, columns } },
-- indexes = { name → { columns, uses, scans (how often it was used) } }, sequences = { column → { type, last (its last value) } },
-- cascades = { the tables whose rows go with a row of this one }, dependents = { { column, kind, name } } }; nil if it does not
-- exist.
function Catalog:table(name)
  if not self.all then read(self) end
  return self.all.table[name]
end

-- The index of this name, and the name of its table; nil if it does not exist.
function Catalog:index(name)
  if not self.all then read(self) end
  local schema, own = name:match "^(.*)%.([^.]*)$"
  for relation, known in pairs(self.all.table) do
    local index = relation:match "^(.*)%." == schema and known.indexes[own or name]
    if index then return index, relation end
  end
end

-- { constrained }, or nil.
function Catalog:domain(name)
  if not self.all then read(self) end
  return self.all.domain[name]
end

-- The expression of a CHECK constraint as a parse tree.
function Catalog.expression(check)
  local statement = moonbird.statements("ALTER TABLE t ADD " .. check.definition, "catalog")[1]
  local top = statement and statement.tree
  return top and top.cmds[1].def.raw_expr
end

return Catalog

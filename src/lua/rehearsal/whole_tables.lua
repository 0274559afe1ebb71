-- whole_tables.lua: the tables of which a statement reads, changes or drops all rows.

local core = ...
local effects = core.require "lint.effects"
local refine = core.require "lint.refine"
local tree = core.require "lint.tree"

-- The columns and the CHECK constraints of a table, as lint/catalog.lua has them.  It takes no lock that the migration's
-- transaction would keep.
local FACTS = [[
SELECT pg_catalog.json_build_object('indexes', '{}'::pg_catalog.json,
  'columns', coalesce((SELECT pg_catalog.json_object_agg(a.attname, pg_catalog.json_build_object(
      'type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'not_null', a.attnotnull))
    FROM pg_catalog.pg_attribute a
   WHERE a.attrelid OPERATOR(pg_catalog.=) $1::pg_catalog.oid AND a.attnum OPERATOR(pg_catalog.>) 0
     AND NOT a.attisdropped), '{}'),
  'checks', coalesce((SELECT pg_catalog.json_object_agg(k.conname, pg_catalog.json_build_object(
      'valid', k.convalidated, 'definition', pg_catalog.pg_get_constraintdef(k.oid),
      'columns', (SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.pg_attribute a
                   WHERE a.attrelid OPERATOR(pg_catalog.=) k.conrelid AND a.attnum OPERATOR(pg_catalog.=) ANY (k.conkey))))
    FROM pg_catalog.pg_constraint k
   WHERE k.contype OPERATOR(pg_catalog.=) 'c'
     AND k.conrelid OPERATOR(pg_catalog.=) $1::pg_catalog.oid), '{}'))::pg_catalog.text]]

-- For refine.lua.
local function context_of(db, statement, oids)
  local function table_of(_, relation)
    local oid = oids[tree.name(relation)]
    return oid and moonbird.json.decode(db:value(FACTS, oid)) or nil
  end
  return { statement = statement, settings = {}, tables = { find = function() end }, table = table_of }
end

local all_rows = { UpdateStmt = "changes", DeleteStmt = "changes" }

-- As far as the text and the catalog of `db` tell, before the statement runs: name → "reads", "changes" or "drops".
-- Whether a table is rewritten is seen afterwards.  `oids`: name → oid of the tables.
return function(db, statement, version, oids)
  local top, does = statement.tree, {}
  for _, effect in ipairs(top and refine(context_of(db, statement, oids), effects.of(statement, version)) or {}) do
    local fact, what = effect.fact, all_rows[top.tag]
    if what then what = not top.whereClause and what
    elseif fact.loses then what = "drops"
    elseif fact.scans and not fact.rewrites then what = "reads"
    end
    if effect.relation and what then does[effect.relation] = what end
  end
  return does
end

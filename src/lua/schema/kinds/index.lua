local core = ...
local text = core.require "schema.text"

return {
  kind  = "INDEX",
  rank  = 65,
  query = [[
SELECT @address(pg_class, c.oid, 0) AS _address, format('%I.%I', n.nspname, c.relname) AS name,
       @address(pg_class, i.indrelid, 0) AS _table, (SELECT format('%I.%I', tn.nspname, t.relname) FROM pg_class t
         JOIN pg_namespace tn ON tn.oid = t.relnamespace WHERE t.oid = i.indrelid) AS relation, quote_ident(c.relname) AS index,
       regexp_replace(pg_get_indexdef(i.indexrelid), ' WITH \([^()]*\)(?=$| TABLESPACE| WHERE)', '') AS definition,
       c.reloptions AS options,
       (SELECT quote_ident(spcname) FROM pg_tablespace t WHERE t.oid = c.reltablespace) AS tablespace,
       CASE WHEN NOT i.indisvalid AND c.relkind = 'i' THEN true END AS invalid,
       nullif(i.indisclustered, false) AS clustered, nullif(i.indisreplident, false) AS replica_identity,
       (SELECT array_agg(a.attnum || ' ' || a.attstattarget ORDER BY a.attnum) FROM pg_attribute a
         WHERE a.attrelid = c.oid AND a.attstattarget >= 0) AS statistics
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relpersistence <> 't' AND @ours(n) AND @own(pg_class, c.oid)
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))]],

  names = function(o) return { "relation " .. o.name } end,
  create = function(o)
    local definition = o.definition
    if o.options then
      -- WITH stands before TABLESPACE and WHERE, which a definition has at most once at its end.
      local head, where = definition:match "^(.-)( WHERE .*)$"
      definition = (head or definition) .. " WITH " .. text.options(o.options) .. (where or "")
    end
    return definition
  end,
  later = { "clustered", "replica_identity", "statistics" },

  alter = {
    options = function(new, old) return text.change_options("ALTER INDEX " .. new.name, old.options, new.options, "") end,
    tablespace = function(new) return ("ALTER INDEX %s SET TABLESPACE %s"):format(new.name, new.tablespace or "pg_default") end,
    clustered = function(new)
      if new.clustered then return ("ALTER TABLE %s CLUSTER ON %s"):format(new.relation, new.index) end
      return ("ALTER TABLE %s SET WITHOUT CLUSTER"):format(new.relation)
    end,
    replica_identity = function(new)
      if not new.replica_identity then return {} end
      return ("ALTER TABLE %s REPLICA IDENTITY USING INDEX %s"):format(new.relation, new.index)
    end,
    statistics = function(new, old)
      local list, has = {}, text.set(new.statistics)
      for _, target in ipairs(old and old.statistics or {}) do
        if not has[target] then
          list[#list + 1] = ("ALTER INDEX %s ALTER COLUMN %s SET STATISTICS -1"):format(new.name, target:match "%d+")
        end
      end
      for _, target in ipairs(new.statistics or {}) do
        list[#list + 1] = ("ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s"):format(new.name, target:match "(%d+) (%d+)")
      end
      return list
    end,
  },
}

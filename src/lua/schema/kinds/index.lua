local core = ...
local relation = core.require "schema.sql.relation"
local text = core.require "schema.sql.text"

local function create(o)
  if not o.options then return o.definition end
  local before, keys, include, rest = relation.keys(o.definition)
  local nulls, where = rest:match "^(.-)( WHERE .*)$"
  return before .. keys .. include .. (nulls or rest) .. " WITH " .. text.options(o.options) .. (where or "")
end

return {
  kind  = "INDEX",
  rank  = 65,
  found_in = "pg_class i,pg_class I",
  certain = "definition",
  expressions = { "definition" },
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

  without_name = function(o) return (o.definition:gsub("^(CREATE .-INDEX ).- (ON )", "%1%2")) end,
  last_name = function(o) return o.index end,
  names = function(o) return { "relation " .. o.name } end,
  keys = function(o) return relation.columns(o.definition) end,
  -- The index of a constraint that belongs to this index can only be dropped with this index.
  drop = function(o) return ("DROP INDEX %s%s"):format(o.name, o._holds_constraint and " CASCADE" or "") end,
  create = create,
  later = { "clustered", "replica_identity", "statistics" },

  can_alter = relation.can_alter_index,
  alter = {
    options = function(new, old) return text.change_options("ALTER INDEX " .. new.name, old.options, new.options, "") end,
    tablespace = function(new) return ("ALTER INDEX %s SET TABLESPACE %s"):format(new.name, new.tablespace or "pg_default") end,
    clustered = function(new) return relation.cluster(new, new.index) end,
    replica_identity = function(new) return relation.replica_identity(new, new.index) end,
    statistics = function(new, old)
      local list, has = {}, text.set(new.statistics)
      -- ALTER INDEX would also set the targets of the indexes of the partitions.
      local alter = ("ALTER %s %s ALTER COLUMN "):format(new.table and new.table.partition_key and "TABLE ONLY" or "INDEX", new.name)
      for _, target in ipairs(old and old.statistics or {}) do
        if not has[target] then
          list[#list + 1] = alter .. target:match "%d+" .. " SET STATISTICS -1"
        end
      end
      for _, target in ipairs(new.statistics or {}) do
        list[#list + 1] = alter .. target:gsub(" ", " SET STATISTICS ")
      end
      return list
    end,
  },

  does = {
    create = function(o) return not o.definition:find " ON ONLY " and "Index" end,
    alter = { tablespace = function(new) return "AlterTable.Index.SetTableSpace", new.name end },
  },

  -- PostgreSQL has no CONCURRENTLY for the index of a partitioned table, and none for dropping a partition of such an
  -- index.
  online = {
    create = function(o)
      return not o.table.partition_key and
             create(o):gsub("^CREATE (.-)INDEX ", function(unique) return "CREATE " .. unique .. "INDEX CONCURRENTLY " end) or nil
    end,
    drop = function(o)
      return not o.table.partition_key and not o._attached and "DROP INDEX CONCURRENTLY " .. o.name or nil
    end,
  },
}

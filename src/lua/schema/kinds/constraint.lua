local core = ...
local text = core.require "schema.text"

local function without_validity(definition) return (definition:gsub(" NOT VALID$", "")) end

return {
  kind  = "CONSTRAINT",
  rank  = 60,
  query = [[
SELECT @address(pg_constraint, k.oid, 0) AS _address, format('%I on %I.%I', k.conname, n.nspname, c.relname) AS name,
       @address(pg_class, c.oid, 0) AS _table, format('%I.%I', n.nspname, c.relname) AS relation,
       quote_ident(k.conname) AS constraint, format('%I.%I', n.nspname, k.conname) AS _index_name,
       k.contype::text AS type, NOT k.conislocal AS _inherited,
       pg_get_constraintdef(k.oid) AS definition,
       (SELECT i.reloptions FROM pg_class i WHERE i.oid = k.conindid AND k.contype IN ('p', 'u', 'x')) AS options,
       (SELECT true FROM pg_index i WHERE i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x') AND i.indisclustered)
         AS clustered,
       (SELECT true FROM pg_index i WHERE i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x') AND i.indisreplident)
         AS replica_identity,
       (SELECT nullif(string_agg(DISTINCT g.tgenabled::text, ''), 'O') FROM pg_trigger g WHERE g.tgconstraint = k.oid)
         AS triggers
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND NOT (k.contype = 'f' AND k.conparentid <> 0)
   AND c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND @ours(n) AND @own(pg_class, c.oid)]],

  phrase = function(o) return ("CONSTRAINT %s ON %s"):format(o.constraint, o.relation) end,
  names = function(o)
    local list = { "constraint " .. o.name }
    if o.type ~= "f" and o.type ~= "c" then list[2] = "relation " .. o._index_name end
    return list
  end,
  -- A foreign key or an index on another table comes later; NOT VALID does not hold in CREATE TABLE.
  hosted = function(o)
    return not o.definition:find " NOT VALID$" and { o.table } or {}
  end,
  inline = function(o) return ("CONSTRAINT %s %s"):format(o.constraint, o.definition) end,
  implied = function(o) return o._inherited and o.type == "c" end,
  inherits = function(o, parent) return o.type == "c" and ("CONSTRAINT %s on %s"):format(o.constraint, parent.name) end,
  cascades = { definition = function() return true end },

  create = function(o)
    local only = (o.type == "p" or o.type == "u" or o.type == "x") and o.table.partition_key and "ONLY " or ""
    return ("ALTER TABLE %s%s ADD CONSTRAINT %s %s"):format(only, o.relation, o.constraint, o.definition)
  end,
  drop = function(o, partly)
    return ("ALTER TABLE %s%s DROP CONSTRAINT %s"):format(partly and "ONLY " or "", o.relation, o.constraint)
  end,
  later = { "clustered", "replica_identity" },

  can_alter = function(new, old)
    return new.definition == old.definition or without_validity(old.definition) == new.definition
  end,
  alter = {
    definition = function(new) return ("ALTER TABLE %s VALIDATE CONSTRAINT %s"):format(new.relation, new.constraint) end,
    clustered = function(new)
      if new.clustered then return ("ALTER TABLE %s CLUSTER ON %s"):format(new.relation, new.constraint) end
      return ("ALTER TABLE %s SET WITHOUT CLUSTER"):format(new.relation)
    end,
    replica_identity = function(new)
      if new.replica_identity then
        return ("ALTER TABLE %s REPLICA IDENTITY USING INDEX %s"):format(new.relation, new.constraint)
      end
      return {}
    end,
    options = function(new, old)
      return text.change_options("ALTER INDEX " .. new._index_name, old.options, new.options, "")
    end,
  },
}

-- OWNED BY of a sequence. It is a separate object, because the sequence must exist before the column whose default uses
-- it.  The table is needed, too: it has the owner of the sequence, and ALTER TABLE OWNER TO gives the sequence the new
-- owner.
local core = ...
local sequence = core.require "schema.sql.sequence"

return {
  kind  = "SEQUENCE OWNER",
  rank  = 58,
  found_in = "pg_class S",
  query = [[
SELECT @address(pg_sequence, s.oid, 0) AS _address, format('%I.%I', n.nspname, s.relname) AS name,
       @address(pg_class, s.oid, 0) AS _sequence, @address(pg_class, c.oid, a.attnum) AS _column,
       format('%I.%I.%I', cn.nspname, c.relname, a.attname) AS column,
       format('%I.%I', cn.nspname, c.relname) AS _relation, quote_ident(a.attname) AS _name,
       format_type(a.atttypid, NULL) AS _column_type, true AS _value
  FROM pg_depend y JOIN pg_class s ON s.oid = y.objid AND s.relkind = 'S' JOIN pg_namespace n ON n.oid = s.relnamespace
  JOIN pg_class c ON c.oid = y.refobjid JOIN pg_namespace cn ON cn.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = y.refobjsubid
 WHERE y.classid = 'pg_class'::regclass AND y.refclassid = 'pg_class'::regclass AND y.deptype = 'a'
   AND s.relpersistence <> 't' AND @ours(n) AND @own(pg_class, s.oid)]],

  finish = function(snapshot)
    for _, o in ipairs(snapshot.of_kind "SEQUENCE OWNER") do
      local sequence, column = snapshot.by_address[o._sequence], snapshot.by_address[o._column]
      o.needs[sequence], o.sequence = "owned", sequence
      if column then
        o.needs[column], sequence.needs[column] = "owned", nil
        o.needs[column.table] = "normal"
        sequence.owner_column = column
      end
    end
  end,

  goes_with = function(o, drops) return drops[o.sequence] and o.sequence end,
  create = function(o) return ("ALTER SEQUENCE %s OWNED BY %s"):format(o.name, o.column) end,
  drop = function(o) return ("ALTER SEQUENCE %s OWNED BY NONE"):format(o.name) end,
  later = { "_value" },
  can_alter = function(new, old) return new._relation == old._relation end,
  alter = {
    column = function(new) return ("ALTER SEQUENCE %s OWNED BY %s"):format(new.name, new.column) end,
    -- If the column existed before, a new sequence continues after its values. Those of a foreign table may be out of reach.
    _value = function(new, _, _, context)
      local column = context.from.objects["COLUMN " .. new.column]
      if context.from.objects["SEQUENCE " .. new.name] or not column or column._foreign then return nil end
      return sequence.catch_up(new.name, new._relation, new._name, new.sequence, new._column_type)
    end,
  },
}

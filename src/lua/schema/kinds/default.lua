return {
  kind  = "DEFAULT",
  rank  = 57,
  query = [[
SELECT @address(pg_attrdef, d.oid, 0) AS _address, format('%I.%I.%I', n.nspname, c.relname, a.attname) AS name,
       @address(pg_class, c.oid, 0) AS _table, @address(pg_class, c.oid, a.attnum) AS _column,
       format('%I.%I', n.nspname, c.relname) AS relation, quote_ident(a.attname) AS column,
       pg_get_expr(d.adbin, d.adrelid) AS expression, c.relkind = 'v' AS _view
  FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE a.attgenerated = '' AND c.relpersistence <> 't' AND @ours(n) AND @own(pg_class, c.oid)]],

  hosted = function(o) return not o._view and o.table or nil end,
  -- ONLY: an inheriting table keeps its own.
  create = function(o)
    return ("ALTER TABLE ONLY %s ALTER COLUMN %s SET DEFAULT %s"):format(o.relation, o.column, o.expression)
  end,
  drop = function(o) return ("ALTER TABLE ONLY %s ALTER COLUMN %s DROP DEFAULT"):format(o.relation, o.column) end,
  alter = {
    expression = function(new)
      return ("ALTER TABLE ONLY %s ALTER COLUMN %s SET DEFAULT %s"):format(new.relation, new.column, new.expression)
    end,
  },
}

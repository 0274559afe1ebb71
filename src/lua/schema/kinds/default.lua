return {
  kind  = "DEFAULT",
  rank  = 57,
  found_in = "pg_attrdef",
  certain = "expression",
  expressions = { "expression" },
  -- INHERIT and ATTACH PARTITION do not compare the default of the child with that of the parent.
  unlinked = function(o, child) return o.table == child end,
  query = [[
SELECT @address(pg_attrdef, d.oid, 0) AS _address, format('%I.%I.%I', n.nspname, c.relname, a.attname) AS name,
       @address(pg_class, c.oid, 0) AS _table, @address(pg_class, c.oid, a.attnum) AS _column,
       format('%I.%I', n.nspname, c.relname) AS relation, quote_ident(a.attname) AS column,
       pg_get_expr(d.adbin, d.adrelid) AS expression, NOT a.attislocal AS _inherited,
       EXISTS (SELECT FROM regexp_matches(d.adbin::text, ':(?:funcid|opfuncid) (\d+)', 'g') x
                 JOIN pg_proc p ON p.oid = x[1]::oid AND p.provolatile = 'v') AS _volatile
  FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE a.attgenerated = '' AND c.relpersistence <> 't' AND @ours(n) AND @own(pg_class, c.oid)]],

  finish = function(snapshot)
    for _, o in ipairs(snapshot.of_kind "DEFAULT") do o.of = snapshot.by_address[o._column] end
  end,

  -- ADD COLUMN refuses a default that uses the row type of the table.
  hosted = function(o) return not (o.row_types and o.row_types[o.table]) and { o.of } or nil end,
  -- A column that comes from a parent has the parent's default.
  implied = function(o, parent, creates)
    return o._inherited and o.expression == parent.expression and creates and creates[o.of]
  end,
  inherits = function(o, parent) return ("DEFAULT %s.%s"):format(parent.name, o.column) end,

  -- With ONLY, an inheriting table keeps its own default.
  create = function(o, _, carries)
    return ("ALTER TABLE %s%s ALTER COLUMN %s SET DEFAULT %s"):format(carries and "" or "ONLY ", o.relation, o.column, o.expression)
  end,
  drop = function(o) return ("ALTER TABLE ONLY %s ALTER COLUMN %s DROP DEFAULT"):format(o.relation, o.column) end,
  alter = {
    expression = function(new)
      return ("ALTER TABLE ONLY %s ALTER COLUMN %s SET DEFAULT %s"):format(new.relation, new.column, new.expression)
    end,
  },
}

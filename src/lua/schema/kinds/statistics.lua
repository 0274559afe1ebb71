return {
  kind  = "STATISTICS",
  rank  = 66,
  found_in = "pg_statistic_ext",
  certain = "definition",
  expressions = { "definition" },
  query = [[
SELECT @address(pg_statistic_ext, x.oid, 0) AS _address, format('%I.%I', n.nspname, x.stxname) AS name,
       quote_ident(pg_get_userbyid(x.stxowner)) AS owner, 
       -- PostgreSQL prints the columns in the order of the table, but their order has no effect.
       coalesce(replace(pg_get_statisticsobjdef(x.oid), ' ON ' || k.names, ' ON ' || k.sorted), pg_get_statisticsobjdef(x.oid)) AS definition,
       CASE WHEN x.stxstattarget >= 0 THEN x.stxstattarget::int END AS target
  FROM pg_statistic_ext x JOIN pg_namespace n ON n.oid = x.stxnamespace,
       LATERAL (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY i) AS names,
                       string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname) AS sorted
                  FROM unnest(x.stxkeys::int2[]) WITH ORDINALITY s (number, i)
                  JOIN pg_attribute a ON a.attrelid = x.stxrelid AND a.attnum = s.number) k
 WHERE @ours(n) AND @own(pg_statistic_ext, x.oid)]],

  create = function(o) return o.definition end,
  later = { "target" },
  alter = { target = function(new) return ("ALTER STATISTICS %s SET STATISTICS %d"):format(new.name, new.target or -1) end },
}

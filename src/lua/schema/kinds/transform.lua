return {
  kind  = "TRANSFORM",
  rank  = 79,
  found_in = "pg_transform",
  superuser = true,
  query = [[
SELECT @address(pg_transform, t.oid, 0) AS _address, format('FOR %s LANGUAGE %I', format_type(t.trftype, NULL), l.lanname) AS name,
       concat_ws(', ', 'FROM SQL WITH FUNCTION ' || nullif(t.trffromsql, 0)::regprocedure,
         'TO SQL WITH FUNCTION ' || nullif(t.trftosql, 0)::regprocedure) AS definition
  FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang WHERE @own(pg_transform, t.oid)]],
  create = function(o) return ("CREATE TRANSFORM %s (%s)"):format(o.name, o.definition) end,
}

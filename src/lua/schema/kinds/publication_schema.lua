-- The fact that a publication has all tables of a schema.
return {
  kind  = "PUBLICATION SCHEMA",
  rank  = 92,
  found_in = "pg_publication",
  superuser = true,
  since = 15,
  query = [[
SELECT @address(pg_publication_namespace, r.oid, 0) AS _address, format('%I of %I', p.pubname, n.nspname) AS name,
       quote_ident(p.pubname) AS publication, quote_ident(n.nspname) AS schema
  FROM pg_publication_namespace r JOIN pg_publication p ON p.oid = r.pnpubid JOIN pg_namespace n ON n.oid = r.pnnspid
 WHERE @ours(n) AND @own(pg_publication, p.oid)]],

  create = function(o) return ("ALTER PUBLICATION %s ADD TABLES IN SCHEMA %s"):format(o.publication, o.schema) end,
  drop = function(o) return ("ALTER PUBLICATION %s DROP TABLES IN SCHEMA %s"):format(o.publication, o.schema) end,
}

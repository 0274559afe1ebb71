return {
  kind  = "SCHEMA",
  rank  = 10,
  acl   = "n",
  query = [[
SELECT @address(pg_namespace, n.oid, 0) AS _address, quote_ident(n.nspname) AS name,
       n.nspname = 'public' AS _initial, quote_ident(pg_get_userbyid(n.nspowner)) AS owner
  FROM pg_namespace n WHERE @ours(n) AND @own(pg_namespace, n.oid)]],
  create = function(o) return "CREATE SCHEMA " .. o.name end,
  -- Before PostgreSQL 15, the schema public belongs to the role that made the server.
  superuser = function(o) return o._initial end,
}

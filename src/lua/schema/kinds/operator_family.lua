return {
  kind  = "OPERATOR FAMILY",
  rank  = 72,
  found_in = "pg_opfamily",
  superuser = true,
  query = [[
SELECT @address(pg_opfamily, f.oid, 0) AS _address, format('%I.%I USING %I', n.nspname, f.opfname, a.amname) AS name,
       quote_ident(pg_get_userbyid(f.opfowner)) AS owner
  FROM pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace JOIN pg_am a ON a.oid = f.opfmethod
 WHERE @ours(n) AND @own(pg_opfamily, f.oid)]],
  create = function(o) return "CREATE OPERATOR FAMILY " .. o.name end,
}

-- The fact that a publication has a table.
return {
  kind  = "PUBLICATION TABLE",
  rank  = 91,
  found_in = "pg_publication",
  query = [[
SELECT @address(pg_publication_rel, r.oid, 0) AS _address, format('%I of %I.%I', p.pubname, n.nspname, c.relname) AS name,
       quote_ident(p.pubname) AS publication, format('%I.%I', n.nspname, c.relname) AS relation,
       @since(15, (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname) FROM pg_attribute a
         WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) | NULL::text) AS columns,
       @since(15, pg_get_expr(r.prqual, r.prrelid) | NULL::text) AS condition
  FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
  JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE @ours(n) AND @own(pg_publication, p.oid)]],

  create = function(o)
    return ("ALTER PUBLICATION %s ADD TABLE ONLY %s%s%s"):format(o.publication, o.relation,
      o.columns and (" (%s)"):format(o.columns) or "", o.condition and (" WHERE (%s)"):format(o.condition) or "")
  end,
  drop = function(o) return ("ALTER PUBLICATION %s DROP TABLE ONLY %s"):format(o.publication, o.relation) end,
}

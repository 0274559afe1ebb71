return {
  kind  = "COMPOSITE TYPE",
  rank  = 33,
  acl   = "T",
  query = [[
SELECT @address(pg_type, c.reltype, 0) AS _address, format('%I.%I', n.nspname, c.relname) AS name,
       quote_ident(pg_get_userbyid(c.relowner)) AS owner,
       ARRAY(SELECT concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
               (SELECT format('COLLATE %I.%I', kn.nspname, k.collname) FROM pg_collation k
                  JOIN pg_namespace kn ON kn.oid = k.collnamespace
                 WHERE k.oid = a.attcollation AND a.attcollation <> t.typcollation))
               FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS attributes
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'c' AND @ours(n) AND @own(pg_type, c.reltype)]],

  phrase = function(o) return "TYPE " .. o.name end,
  names = function(o) return { "type " .. o.name } end,
  create = function(o) return ("CREATE TYPE %s AS (%s)"):format(o.name, table.concat(o.attributes, ", ")) end,
}

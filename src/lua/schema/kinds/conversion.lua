return {
  kind  = "CONVERSION",
  rank  = 79,
  found_in = "pg_conversion",
  query = [[
SELECT @address(pg_conversion, c.oid, 0) AS _address, format('%I.%I', n.nspname, c.conname) AS name,
       quote_ident(pg_get_userbyid(c.conowner)) AS owner, nullif(c.condefault, false) AS default,
       format('FOR %L TO %L FROM %s', pg_encoding_to_char(c.conforencoding), pg_encoding_to_char(c.contoencoding), c.conproc::regproc)
         AS definition
  FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace WHERE @ours(n) AND @own(pg_conversion, c.oid)]],
  create = function(o) return ("CREATE %sCONVERSION %s %s"):format(o.default and "DEFAULT " or "", o.name, o.definition) end,
}

return {
  kind  = "LANGUAGE",
  rank  = 73,
  found_in = "pg_language",
  superuser = true,
  acl   = "l",
  query = [[
SELECT @address(pg_language, l.oid, 0) AS _address, quote_ident(l.lanname) AS name,
       quote_ident(pg_get_userbyid(l.lanowner)) AS owner, nullif(l.lanpltrusted, false) AS trusted,
       concat_ws(' ', 'HANDLER ' || l.lanplcallfoid::regproc, 'INLINE ' || nullif(l.laninline, 0)::regproc,
         'VALIDATOR ' || nullif(l.lanvalidator, 0)::regproc) AS definition
  FROM pg_language l WHERE l.lanispl AND l.oid >= 16384 AND @own(pg_language, l.oid)]],
  create = function(o) return ("CREATE %sLANGUAGE %s %s"):format(o.trusted and "TRUSTED " or "", o.name, o.definition) end,
}

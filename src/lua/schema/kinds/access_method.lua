return {
  kind  = "ACCESS METHOD",
  rank  = 23,
  found_in = "pg_am",
  superuser = true,
  query = [[
SELECT @address(pg_am, a.oid, 0) AS _address, quote_ident(a.amname) AS name,
       format('TYPE %s HANDLER %s', CASE a.amtype WHEN 't' THEN 'TABLE' ELSE 'INDEX' END, a.amhandler::regproc) AS definition
  FROM pg_am a WHERE a.oid >= 16384 AND @own(pg_am, a.oid)]],
  create = function(o) return ("CREATE ACCESS METHOD %s %s"):format(o.name, o.definition) end,
}

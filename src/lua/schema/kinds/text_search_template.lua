return {
  kind  = "TEXT SEARCH TEMPLATE",
  rank  = 76,
  found_in = "pg_ts_template",
  superuser = true,
  query = [[
SELECT @address(pg_ts_template, t.oid, 0) AS _address, format('%I.%I', n.nspname, t.tmplname) AS name,
       concat_ws(', ', 'INIT = ' || nullif(t.tmplinit, 0)::regproc, 'LEXIZE = ' || t.tmpllexize::regproc) AS definition
  FROM pg_ts_template t JOIN pg_namespace n ON n.oid = t.tmplnamespace WHERE @ours(n) AND @own(pg_ts_template, t.oid)]],
  create = function(o) return ("CREATE TEXT SEARCH TEMPLATE %s (%s)"):format(o.name, o.definition) end,
}

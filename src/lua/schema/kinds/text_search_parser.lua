return {
  kind  = "TEXT SEARCH PARSER",
  rank  = 75,
  found_in = "pg_ts_parser",
  superuser = true,
  query = [[
SELECT @address(pg_ts_parser, p.oid, 0) AS _address, format('%I.%I', n.nspname, p.prsname) AS name,
       concat_ws(', ', 'START = ' || p.prsstart::regproc, 'GETTOKEN = ' || p.prstoken::regproc, 'END = ' || p.prsend::regproc,
         'HEADLINE = ' || nullif(p.prsheadline, 0)::regproc, 'LEXTYPES = ' || p.prslextype::regproc) AS definition
  FROM pg_ts_parser p JOIN pg_namespace n ON n.oid = p.prsnamespace WHERE @ours(n) AND @own(pg_ts_parser, p.oid)]],
  create = function(o) return ("CREATE TEXT SEARCH PARSER %s (%s)"):format(o.name, o.definition) end,
}

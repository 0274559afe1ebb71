-- A subscription connects as soon as it is created, and its connection string may contain a password.
return {
  kind  = "SUBSCRIPTION",
  rank  = 93,
  report_only = true,
  query = [[
SELECT quote_ident(s.subname) AS name, nullif(s.subenabled, true) AS enabled,
       ARRAY(SELECT quote_ident(p) FROM unnest(s.subpublications) p ORDER BY 1) AS publications
  FROM pg_subscription s WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())]],
}

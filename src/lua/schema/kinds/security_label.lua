-- Only a server that has loaded the provider accepts a label.
return {
  kind  = "SECURITY LABEL",
  rank  = 94,
  report_only = true,
  query = [[
SELECT format('%s on %s', l.provider, pg_describe_object(l.classoid, l.objoid, l.objsubid)) AS name, l.label
  FROM pg_seclabel l WHERE l.objoid >= 16384]],
}

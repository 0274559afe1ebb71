return {
  kind  = "CAST",
  rank  = 74,
  query = [[
SELECT @address(pg_cast, k.oid, 0) AS _address,
       format('(%s AS %s)', format_type(k.castsource, NULL), format_type(k.casttarget, NULL)) AS name,
       CASE k.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || k.castfunc::regprocedure WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END
         || CASE k.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END AS definition
  FROM pg_cast k WHERE k.oid >= 16384 AND @own(pg_cast, k.oid)
   AND NOT EXISTS (SELECT FROM pg_range r WHERE k.castsource = r.rngtypid AND k.castmethod = 'f' AND k.castfunc < 16384
                      AND format_type(k.casttarget, NULL) LIKE '%multirange')]],

  create = function(o) return ("CREATE CAST %s %s"):format(o.name, o.definition) end,
}

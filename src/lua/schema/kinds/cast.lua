-- The cast from a range to its multirange is a part of the range type.
return {
  kind  = "CAST",
  rank  = 74,
  found_in = "pg_cast",
  superuser = true,
  query = [[
SELECT @address(pg_cast, k.oid, 0) AS _address,
       format('(%s AS %s)', format_type(k.castsource, NULL), format_type(k.casttarget, NULL)) AS name,
       CASE k.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || k.castfunc::regprocedure WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END
         || CASE k.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END AS definition
  FROM pg_cast k WHERE k.oid >= 16384 AND @own(pg_cast, k.oid)
   -- PostgreSQL creates the cast from a range to its multirange with the range type.
   AND NOT EXISTS (SELECT FROM pg_depend y WHERE y.classid = 'pg_cast'::regclass AND y.objid = k.oid AND y.deptype = 'i')]],

  create = function(o) return ("CREATE CAST %s %s"):format(o.name, o.definition) end,
}

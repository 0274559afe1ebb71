-- An operator or a function that belongs to a family but to no class of that family.
return {
  kind  = "OPERATOR FAMILY MEMBER",
  rank  = 74,
  found_in = "pg_opfamily",
  superuser = true,
  query = [[
SELECT m.*, format('%s of %I.%I USING %I', m.item, n.nspname, f.opfname, a.amname) AS name,
       format('%I.%I USING %I', n.nspname, f.opfname, a.amname) AS family
  FROM (SELECT @address(pg_amop, o.oid, 0) AS _address, o.amopfamily AS _family,
               format('OPERATOR %s (%s, %s)', o.amopstrategy, format_type(o.amoplefttype, NULL), format_type(o.amoprighttype, NULL))
                 AS item,
               format('OPERATOR %s %s%s', o.amopstrategy, o.amopopr::regoperator, (SELECT
                 format(' FOR ORDER BY %I.%I', fn.nspname, f.opfname) FROM pg_opfamily f JOIN pg_namespace fn
                 ON fn.oid = f.opfnamespace WHERE f.oid = o.amopsortfamily)) AS definition
          FROM pg_amop o
         WHERE o.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend y WHERE y.classid = 'pg_amop'::regclass AND y.objid = o.oid
                              AND y.refclassid = 'pg_opclass'::regclass)
        UNION ALL
        SELECT @address(pg_amproc, p.oid, 0), p.amprocfamily,
               format('FUNCTION %s (%s, %s)', p.amprocnum, format_type(p.amproclefttype, NULL), format_type(p.amprocrighttype, NULL)),
               format('FUNCTION %s (%s, %s) %s', p.amprocnum, format_type(p.amproclefttype, NULL),
                 format_type(p.amprocrighttype, NULL), p.amproc::regprocedure)
          FROM pg_amproc p
         WHERE p.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend y WHERE y.classid = 'pg_amproc'::regclass AND y.objid = p.oid
                              AND y.refclassid = 'pg_opclass'::regclass)) m
  JOIN pg_opfamily f ON f.oid = m._family JOIN pg_namespace n ON n.oid = f.opfnamespace JOIN pg_am a ON a.oid = f.opfmethod
 WHERE @ours(n) AND @own(pg_opfamily, f.oid)]],

  create = function(o) return ("ALTER OPERATOR FAMILY %s ADD %s"):format(o.family, o.definition) end,
  drop = function(o) return ("ALTER OPERATOR FAMILY %s DROP %s"):format(o.family, o.item) end,
}

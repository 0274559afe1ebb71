-- An operator or a function belongs to a class if it depends on the class internally; otherwise it belongs to the
-- family.
return {
  kind  = "OPERATOR CLASS",
  rank  = 73,
  found_in = "pg_opclass",
  superuser = true,
  query = [[
SELECT @address(pg_opclass, c.oid, 0) AS _address, format('%I.%I USING %I', n.nspname, c.opcname, a.amname) AS name,
       format('%I.%I', n.nspname, c.opcname) AS _class, quote_ident(a.amname) AS _method,
       quote_ident(pg_get_userbyid(c.opcowner)) AS owner, nullif(c.opcdefault, false) AS default,
       format_type(c.opcintype, NULL) AS type,
       (SELECT format('%I.%I', fn.nspname, f.opfname) FROM pg_opfamily f JOIN pg_namespace fn ON fn.oid = f.opfnamespace
         WHERE f.oid = c.opcfamily) AS family,
       ARRAY(SELECT format('OPERATOR %s %s%s', o.amopstrategy, o.amopopr::regoperator, (SELECT
                 format(' FOR ORDER BY %I.%I', fn.nspname, f.opfname) FROM pg_opfamily f JOIN pg_namespace fn
                 ON fn.oid = f.opfnamespace WHERE f.oid = o.amopsortfamily))
               FROM pg_amop o JOIN pg_depend y ON y.classid = 'pg_amop'::regclass AND y.objid = o.oid
              WHERE y.refclassid = 'pg_opclass'::regclass AND y.refobjid = c.oid ORDER BY o.amopstrategy)
         || ARRAY(SELECT format('FUNCTION %s (%s, %s) %s', p.amprocnum, format_type(p.amproclefttype, NULL),
                 format_type(p.amprocrighttype, NULL), p.amproc::regprocedure)
               FROM pg_amproc p JOIN pg_depend y ON y.classid = 'pg_amproc'::regclass AND y.objid = p.oid
              WHERE y.refclassid = 'pg_opclass'::regclass AND y.refobjid = c.oid
              ORDER BY p.amprocnum, p.amproclefttype, p.amprocrighttype)
         || ARRAY(SELECT 'STORAGE ' || format_type(c.opckeytype, NULL) WHERE c.opckeytype <> 0) AS items
  FROM pg_opclass c JOIN pg_namespace n ON n.oid = c.opcnamespace JOIN pg_am a ON a.oid = c.opcmethod
 WHERE @ours(n) AND @own(pg_opclass, c.oid)]],

  create = function(o)
    -- CREATE OPERATOR CLASS needs at least one item. For a class without items this is STORAGE with the type of the
    -- class, which is the default.
    local items = #o.items > 0 and table.concat(o.items, ",\n    ") or "STORAGE " .. o.type
    return ("CREATE OPERATOR CLASS %s%s FOR TYPE %s USING %s FAMILY %s AS\n    %s"):format(o._class,
      o.default and " DEFAULT" or "", o.type, o._method, o.family, items)
  end,
}

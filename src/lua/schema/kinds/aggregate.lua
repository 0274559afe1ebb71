local function definition(o) return ("AGGREGATE %s (\n    %s\n)"):format(o._called, table.concat(o.definition, ",\n    ")) end

return {
  kind  = "AGGREGATE",
  rank  = 72,
  found_in = "pg_proc a",
  superuser = function(o)
    for _, part in ipairs(o.definition) do
      if part == "STYPE = internal" then return true end
    end
  end,
  acl   = "f",
  query = [[
SELECT @address(pg_proc, p.oid, 0) AS _address,
       format('%I.%I(%s)', n.nspname, p.proname, coalesce(nullif(pg_get_function_identity_arguments(p.oid), ''), '*')) AS name,
       format('%I.%I(%s)', n.nspname, p.proname, coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*')) AS _called,
       format('FUNCTION %I.%I(%s)', n.nspname, p.proname, (SELECT string_agg(format_type(t, NULL), ', ' ORDER BY i)
         FROM unnest(p.proargtypes) WITH ORDINALITY a (t, i))) AS _granted_on,
       quote_ident(pg_get_userbyid(p.proowner)) AS owner, p.proname AS _bare,
       concat_ws(' / ', g.aggkind, g.aggnumdirectargs, p.prorettype, p.proargnames::text) AS _shape,
       array_remove(ARRAY[
         'SFUNC = ' || g.aggtransfn::regproc, 'STYPE = ' || format_type(g.aggtranstype, NULL),
         'SSPACE = ' || nullif(g.aggtransspace, 0), 'FINALFUNC = ' || nullif(g.aggfinalfn, 0)::regproc,
         CASE WHEN g.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
         CASE WHEN g.aggfinalfn <> 0 AND g.aggfinalmodify <> CASE g.aggkind WHEN 'n' THEN 'r' ELSE 'w' END::"char" THEN 'FINALFUNC_MODIFY = '
           || CASE g.aggfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
         'COMBINEFUNC = ' || nullif(g.aggcombinefn, 0)::regproc, 'SERIALFUNC = ' || nullif(g.aggserialfn, 0)::regproc,
         'DESERIALFUNC = ' || nullif(g.aggdeserialfn, 0)::regproc, 'INITCOND = ' || quote_literal(g.agginitval),
         'MSFUNC = ' || nullif(g.aggmtransfn, 0)::regproc, 'MINVFUNC = ' || nullif(g.aggminvtransfn, 0)::regproc,
         'MSTYPE = ' || format_type(nullif(g.aggmtranstype, 0), NULL), 'MSSPACE = ' || nullif(g.aggmtransspace, 0),
         'MFINALFUNC = ' || nullif(g.aggmfinalfn, 0)::regproc, CASE WHEN g.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
         CASE WHEN g.aggmfinalfn <> 0 AND g.aggmfinalmodify <> CASE g.aggkind WHEN 'n' THEN 'r' ELSE 'w' END::"char" THEN 'MFINALFUNC_MODIFY = '
           || CASE g.aggmfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
         'MINITCOND = ' || quote_literal(g.aggminitval),
         (SELECT format('SORTOP = OPERATOR(%I.%s)', sn.nspname, s.oprname) FROM pg_operator s
            JOIN pg_namespace sn ON sn.oid = s.oprnamespace WHERE s.oid = g.aggsortop),
         CASE p.proparallel WHEN 's' THEN 'PARALLEL = SAFE' WHEN 'r' THEN 'PARALLEL = RESTRICTED' END,
         CASE WHEN g.aggkind = 'h' THEN 'HYPOTHETICAL' END], NULL) AS definition
  FROM pg_aggregate g JOIN pg_proc p ON p.oid = g.aggfnoid JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE @ours(n) AND @own(pg_proc, p.oid)]],

  names = function(o) return { "function " .. o.name } end,
  create = function(o) return "CREATE " .. definition(o) end,
  can_alter = function(new, old) return new._shape == old._shape end,
  alter = { definition = function(new) return "CREATE OR REPLACE " .. definition(new) end },
}

-- An object that is dropped with an extension although it is not a member of it: ALTER ... DEPENDS ON EXTENSION.
local function alter(o, words) return ("ALTER %s %s ON EXTENSION %s"):format(o._object, words, o._extension) end

return {
  kind  = "EXTENSION DEPENDENCY",
  rank  = 88,
  found_in = "pg_depend",
  query = [[
SELECT @address(pg_depend, d.objid, 0) AS _address, format('%s on %I', i.object, e.extname) AS name,
       @address(d.classid, d.objid, 0) AS _dependent, i.object AS _object, quote_ident(e.extname) AS _extension
  FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
  LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
  LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
  LEFT JOIN pg_trigger g ON d.classid = 'pg_trigger'::regclass AND g.oid = d.objid
  LEFT JOIN pg_class t ON t.oid = g.tgrelid
  JOIN pg_namespace n ON n.oid = coalesce(c.relnamespace, p.pronamespace, t.relnamespace),
       LATERAL (SELECT upper(x.type) || ' ' || x.identity FROM pg_identify_object(d.classid, d.objid, 0) x) i (object)
 WHERE d.deptype = 'x' AND d.refclassid = 'pg_extension'::regclass AND @ours(n)]],

  finish = function(snapshot)
    for _, o in ipairs(snapshot.of_kind "EXTENSION DEPENDENCY") do
      local dependent = snapshot.resolve(o._dependent)
      o.needs[dependent] = "owned"
      dependent._extension_dependencies = dependent._extension_dependencies or {}
      table.insert(dependent._extension_dependencies, o)
      local extension = snapshot.objects["EXTENSION " .. o._extension]
      if extension then o.needs[extension] = "normal" end
    end
  end,

  create = function(o) return alter(o, "DEPENDS") end,
  drop = function(o) return alter(o, "NO DEPENDS") end,
}

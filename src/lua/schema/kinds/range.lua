local core = ...
local text = core.require "schema.sql.text"

return {
  kind  = "RANGE",
  rank  = 34,
  found_in = "pg_type r",
  acl   = "T",
  superuser = true, -- the superuser that initdb created owns the functions that construct ranges, so only a superuser can rename them
  query = [[
SELECT @address(pg_type, t.oid, 0) AS _address, format('%I.%I', n.nspname, t.typname) AS name,
       quote_ident(pg_get_userbyid(t.typowner)) AS owner, format_type(r.rngsubtype, NULL) AS _subtype,
       concat_ws(', ', 'SUBTYPE = ' || format_type(r.rngsubtype, NULL),
         (SELECT format('SUBTYPE_OPCLASS = %I.%I', on_.nspname, oc.opcname) FROM pg_opclass oc JOIN pg_namespace on_
           ON on_.oid = oc.opcnamespace WHERE oc.oid = r.rngsubopc AND NOT oc.opcdefault),
         (SELECT format('COLLATION = %I.%I', kn.nspname, k.collname) FROM pg_collation k JOIN pg_namespace kn
           ON kn.oid = k.collnamespace JOIN pg_type s ON s.oid = r.rngsubtype
           WHERE k.oid = r.rngcollation AND r.rngcollation <> s.typcollation),
         CASE WHEN r.rngcanonical <> 0 THEN 'CANONICAL = ' || r.rngcanonical::regproc END,
         CASE WHEN r.rngsubdiff <> 0 THEN 'SUBTYPE_DIFF = ' || r.rngsubdiff::regproc END,
         @since(14, (SELECT format('MULTIRANGE_TYPE_NAME = %I.%I', mn.nspname, m.typname) FROM pg_type m JOIN pg_namespace mn
           ON mn.oid = m.typnamespace WHERE m.oid = r.rngmultitypid) | NULL)) AS definition
  FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE @ours(n) AND @own(pg_type, t.oid)]],

  phrase = function(o) return "TYPE " .. o.name end,
  -- The multirange is dropped with the range type, and so are the functions that return values of the two types and do
  -- not take any.
  aside = function(o)
    local list, drop = text.set_aside("TYPE", o.name)
    local function also(word, name, arguments)
      list[#list + 1] = ("ALTER %s %s%s RENAME TO %s"):format(word, name, arguments, text.aside(text.last(name)))
    end
    local multirange = o.definition:match "MULTIRANGE_TYPE_NAME = (.*)$"
    if multirange then
      also("TYPE", multirange, "")
      also("FUNCTION", multirange, "()")
    end
    also("FUNCTION", o.name, ("(%s, %s)"):format(o._subtype, o._subtype))
    also("FUNCTION", o.name, ("(%s, %s, text)"):format(o._subtype, o._subtype))
    return list, drop
  end,
  names = function(o) return { "type " .. o.name } end,
  create = function(o) return ("CREATE TYPE %s AS RANGE (%s)"):format(o.name, o.definition) end,
}

-- A type without a definition: one that was never defined, or a base type before its functions are made (base_type.lua).
return {
  kind  = "SHELL TYPE",
  rank  = 26,
  found_in = "pg_type b,pg_type p",
  superuser = true,
  acl   = "T", -- since PostgreSQL 18
  no_default_privileges = true,
  query = [[
SELECT @address(pg_type, t.oid, 0) AS _address, format('%I.%I', n.nspname, t.typname) AS name,
       CASE WHEN NOT t.typisdefined THEN quote_ident(pg_get_userbyid(t.typowner)) END AS owner
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE (t.typtype = 'p' AND NOT t.typisdefined OR t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid))
   AND @ours(n) AND @own(pg_type, t.oid)]],

  phrase = function(o) return "TYPE " .. o.name end,
  names = function(o) return { "type " .. o.name } end,
  goes_with = function(o, drops) return o._base_type and drops[o._base_type] and o._base_type end,
  create = function(o) return "CREATE TYPE " .. o.name end,
}

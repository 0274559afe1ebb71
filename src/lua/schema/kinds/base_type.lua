-- PostgreSQL creates a base type in two steps, because its functions need the name of the type, and the type needs its
-- functions. The first CREATE TYPE, without functions, is the kind SHELL TYPE.
return {
  kind  = "BASE TYPE",
  rank  = 71,
  found_in = "pg_type b",
  superuser = true,
  acl   = "T",
  query = [[
SELECT @address(pg_type, t.oid, 1) AS _address, @address(pg_type, t.oid, 0) AS _shell,
       format('%I.%I', n.nspname, t.typname) AS name, quote_ident(pg_get_userbyid(t.typowner)) AS owner,
       array_remove(ARRAY[
         'INPUT = ' || t.typinput::regproc, 'OUTPUT = ' || t.typoutput::regproc, 'RECEIVE = ' || nullif(t.typreceive, 0)::regproc,
         'SEND = ' || nullif(t.typsend, 0)::regproc, 'TYPMOD_IN = ' || nullif(t.typmodin, 0)::regproc,
         'TYPMOD_OUT = ' || nullif(t.typmodout, 0)::regproc, 'ANALYZE = ' || nullif(t.typanalyze, 0)::regproc,
         'SUBSCRIPT = ' || nullif(to_jsonb(t) ->> 'typsubscript', '-'),
         'INTERNALLENGTH = ' || CASE t.typlen WHEN -1 THEN 'VARIABLE' ELSE t.typlen::text END,
         CASE WHEN t.typbyval THEN 'PASSEDBYVALUE' END,
         'ALIGNMENT = ' || CASE t.typalign WHEN 'c' THEN 'char' WHEN 's' THEN 'int2' WHEN 'i' THEN 'int4' ELSE 'double' END,
         'STORAGE = ' || CASE t.typstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'x' THEN 'extended' ELSE 'main' END,
         'CATEGORY = ' || quote_literal(nullif(t.typcategory::text, 'U')), CASE WHEN t.typispreferred THEN 'PREFERRED = true' END,
         'DEFAULT = ' || quote_literal(t.typdefault), 'ELEMENT = ' || format_type(nullif(t.typelem, 0), NULL),
         'DELIMITER = ' || quote_literal(nullif(t.typdelim::text, ',')), CASE WHEN t.typcollation <> 0 THEN 'COLLATABLE = true' END], NULL)
         AS definition
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid) AND @ours(n) AND @own(pg_type, t.oid)]],

  -- The functions of the type need only the shell type. All other objects that use the type need the complete type.
  finish = function(snapshot)
    local types = {}
    for _, o in ipairs(snapshot.of_kind "BASE TYPE") do
      local shell = snapshot.by_address[o._shell]
      types[shell], shell._base_type, shell.definition = o, o, o.definition
      o.comment, shell.comment = shell.comment, nil
      o.privileges, o._delegated, shell.privileges = shell.privileges, shell._delegated, nil
      for needed in pairs(shell.needs) do
        if needed.kind.kind == "FUNCTION" then
          o.needs[needed], shell.needs[needed], needed._base_type = "normal", nil, o
        else
          o.needs[needed] = "normal"
        end
      end
      o.needs[shell] = "normal"
    end
    for _, o in ipairs(next(types) and snapshot.list or {}) do
      for shell, base in pairs(types) do
        if o.needs[shell] and o ~= base and o._base_type ~= base then o.needs[base] = o.needs[base] or "normal" end
      end
    end
  end,

  phrase = function(o) return "TYPE " .. o.name end,
  names = function() return {} end,
  create = function(o) return ("CREATE TYPE %s (\n    %s\n)"):format(o.name, table.concat(o.definition, ",\n    ")) end,
  -- The functions depend on the type, and the type on them.
  drop = function(o) return ("DROP TYPE %s CASCADE"):format(o.name) end,
}

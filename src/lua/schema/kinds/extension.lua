local core = ...
local privileges = core.require "schema.privileges"

-- The privileges on members that differ from those which the extension itself grants. Foreign data wrappers are left
-- out, because a scratch database grants more on them (source.lua).
local grants = ([[
ARRAY(SELECT x.identity || ' ' || m.has::text
        FROM (SELECT d.classid, d.objid, %s AS has, %s AS had
                FROM pg_depend d LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
                LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
                LEFT JOIN pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid
                LEFT JOIN pg_namespace s ON d.classid = 'pg_namespace'::regclass AND s.oid = d.objid
                LEFT JOIN pg_init_privs i ON i.classoid = d.classid AND i.objoid = d.objid AND i.objsubid = 0,
                     LATERAL (SELECT coalesce(p.proacl, c.relacl, t.typacl, s.nspacl) AS acl,
                                     coalesce(p.proowner, c.relowner, t.typowner, s.nspowner) AS owner,
                                     CASE WHEN p.oid IS NOT NULL THEN 'f' WHEN t.oid IS NOT NULL THEN 'T'
                                       WHEN s.oid IS NOT NULL THEN 'n' WHEN c.relkind = 'S' THEN 's' ELSE 'r' END::"char" AS type) o
               WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e' AND o.owner IS NOT NULL
                 AND (o.acl IS NOT NULL OR i.initprivs IS NOT NULL)) m,
             LATERAL pg_identify_object(m.classid, m.objid, 0) x
       WHERE m.has <> m.had ORDER BY 1)]])
  :format(privileges.entries("coalesce(o.acl, acldefault(o.type, o.owner))", "o.owner"),
          privileges.entries("coalesce(i.initprivs, acldefault(o.type, o.owner))", "o.owner"))

return {
  kind  = "EXTENSION",
  rank  = 20,
  superuser = true,
  query = ([[
SELECT @address(pg_extension, e.oid, 0) AS _address, quote_ident(e.extname) AS name, quote_ident(n.nspname) AS schema,
       e.extversion AS _version, e.extrelocatable AS _relocatable, nullif(%s, '{}') AS _grants
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE e.oid >= 16384]]):format(grants),

  create = function(o)
    return ("CREATE EXTENSION %s WITH SCHEMA %s"):format(o.name, o.schema)
  end,

  can_alter = function(new, old) return new.schema == old.schema or old._relocatable end,
  alter = {
    schema = function(new) return ("ALTER EXTENSION %s SET SCHEMA %s"):format(new.name, new.schema) end,
  },
}

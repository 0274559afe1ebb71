local core = ...
local privileges = core.require "schema.privileges"

local function prefix(o) return ("ALTER DEFAULT PRIVILEGES %s%s"):format(o._for, o._in) end

local function change(o, old, new)
  return (privileges.change({ prefix = prefix(o), on = o._words }, o._for == "" and "CURRENT_USER" or o._role, old, new))
end

-- The rank puts changes last and drops first, so that the privileges of new objects are known (facets.lua).
return {
  kind  = "DEFAULT PRIVILEGES",
  rank  = 990,
  found_in = "pg_default_acl",
  query = ([[
SELECT @address(pg_default_acl, d.oid, 0) AS _address, format('%%s%%sON %%s', d.for_role, d.in_schema, d.words) AS name,
       d.for_role AS _for, d.in_schema AS _in, d.words AS _words, d.role AS _role, quote_ident(d.nspname) AS _schema_name,
       %s AS grants, CASE WHEN d.nspname IS NULL THEN %s ELSE '{}' END AS _base
  FROM (SELECT d.*, n.nspname, quote_ident(pg_get_userbyid(d.defaclrole)) AS role,
               CASE WHEN pg_get_userbyid(d.defaclrole) <> current_user
                    THEN format('FOR ROLE %%I ', pg_get_userbyid(d.defaclrole)) ELSE '' END AS for_role,
               CASE WHEN n.oid IS NOT NULL THEN format('IN SCHEMA %%I ', n.nspname) ELSE '' END AS in_schema,
               CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
                 WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END AS words
          FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
         WHERE d.defaclnamespace = 0 OR @ours(n)) d]]):format(privileges.entries("d.defaclacl", "d.defaclrole"),
    privileges.entries([[acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END::"char", d.defaclrole)]],
                       "d.defaclrole")),

  -- Default privileges depend only on their schema.
  create = function(o) return change(o, o._base, o.grants) end,
  drop = function(o) return change(o, o.grants, o._base) end,
  alter = { grants = function(new, old) return change(new, old.grants, new.grants) end },
}

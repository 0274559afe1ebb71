local core = ...
local facets = core.require "schema.facets"
local privileges = core.require "schema.privileges"
local text = core.require "schema.sql.text"

-- The privileges on members that differ from those which the extension itself grants, as items "ON: +GRANTEE=PRIVILEGE" or
-- "ON: -…". Those of owners are left out, and foreign data wrappers, because a scratch database grants more on them
-- (source.lua).
local grants = ([[
ARRAY(SELECT format('%%s %%s: %%s', m.word, x.identity, e.entry)
        FROM (SELECT d.classid, d.objid, o.word, %s AS has, %s AS had
                FROM pg_depend d LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
                LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
                LEFT JOIN pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid
                LEFT JOIN pg_namespace s ON d.classid = 'pg_namespace'::regclass AND s.oid = d.objid
                LEFT JOIN pg_init_privs i ON i.classoid = d.classid AND i.objoid = d.objid AND i.objsubid = 0,
                     LATERAL (SELECT coalesce(p.proacl, c.relacl, t.typacl, s.nspacl) AS acl,
                                     coalesce(p.proowner, c.relowner, t.typowner, s.nspowner) AS owner,
                                     CASE WHEN p.oid IS NOT NULL THEN 'f' WHEN t.oid IS NOT NULL THEN 'T'
                                       WHEN s.oid IS NOT NULL THEN 'n' WHEN c.relkind = 'S' THEN 's' ELSE 'r' END::"char" AS type,
                                     CASE WHEN p.oid IS NOT NULL THEN 'ROUTINE' WHEN t.oid IS NOT NULL THEN 'TYPE'
                                       WHEN s.oid IS NOT NULL THEN 'SCHEMA' WHEN c.relkind = 'S' THEN 'SEQUENCE' ELSE 'TABLE' END
                                       AS word) o
               WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e' AND o.owner IS NOT NULL
                 AND (o.acl IS NOT NULL OR i.initprivs IS NOT NULL)) m,
             LATERAL pg_identify_object(m.classid, m.objid, 0) x,
             LATERAL (SELECT '+' || g FROM unnest(m.has) g WHERE g <> ALL (m.had)
                      UNION ALL SELECT '-' || g FROM unnest(m.had) g WHERE g <> ALL (m.has)) e (entry)
       WHERE m.has <> m.had ORDER BY 1)]])
  :format(privileges.entries("coalesce(o.acl, acldefault(o.type, o.owner))", "o.owner", "WHERE x.grantee <> o.owner"),
          privileges.entries("coalesce(i.initprivs, acldefault(o.type, o.owner))", "o.owner", "WHERE x.grantee <> o.owner"))

-- The members that get default privileges when the extension is created, as items "ACL: ON"; those on which the extension
-- itself grants privileges are left out.
local open = [[
ARRAY(SELECT format('%s: %s %s', o.acl, o.word, i.identity)
        FROM pg_depend d LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
        LEFT JOIN pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid,
             LATERAL (SELECT CASE WHEN d.classid = 'pg_proc'::regclass THEN 'f'
                               WHEN c.relkind = 'S' THEN 's' WHEN c.relkind IN ('r', 'p', 'v', 'm', 'f') THEN 'r'
                               WHEN t.oid IS NOT NULL AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid) AND NOT EXISTS
                                 (SELECT FROM pg_class r WHERE r.oid = t.typrelid AND r.relkind <> 'c') THEN 'T'
                               WHEN d.classid = 'pg_namespace'::regclass THEN 'n' END) k (acl),
             LATERAL (SELECT k.acl, CASE k.acl WHEN 'f' THEN 'ROUTINE' WHEN 's' THEN 'SEQUENCE' WHEN 'r' THEN 'TABLE'
                               WHEN 'T' THEN 'TYPE' ELSE 'SCHEMA' END AS word) o,
             LATERAL pg_identify_object(d.classid, d.objid, 0) i
       WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e' AND k.acl IS NOT NULL
         AND EXISTS (SELECT FROM pg_default_acl)
         AND NOT EXISTS (SELECT FROM pg_init_privs p WHERE p.classoid = d.classid AND p.objoid = d.objid AND p.objsubid = 0)
       ORDER BY 1)]]

-- The members by the names that no other object may have (facets.names). ALTER EXTENSION ADD makes the types of a table
-- members, too, from PostgreSQL 17 on.
local members = [[
ARRAY(SELECT format('function %I.%I(%s)', n.nspname, p.proname,
               CASE p.prokind WHEN 'a' THEN coalesce(nullif(pg_get_function_identity_arguments(p.oid), ''), '*')
                 ELSE (SELECT string_agg(format_type(t, NULL), ', ' ORDER BY i) FROM unnest(p.proargtypes) WITH ORDINALITY a (t, i)) END)
        FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
      UNION ALL
      SELECT format('relation %I.%I', n.nspname, c.relname)
        FROM pg_depend d JOIN pg_class c ON c.oid = d.objid JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
      UNION ALL
      SELECT format('type %I.%I', n.nspname, t.typname)
        FROM pg_depend d JOIN pg_type t ON t.oid = d.objid JOIN pg_namespace n ON n.oid = t.typnamespace
       WHERE d.classid = 'pg_type'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
         AND NOT EXISTS (SELECT FROM pg_class r JOIN pg_type o ON o.oid = r.reltype
                          WHERE r.relkind <> 'c' AND t.oid IN (o.oid, o.typarray))
      UNION ALL
      SELECT CASE WHEN d.classid = 'pg_operator'::regclass THEN 'operator ' || d.objid::regoperator
               WHEN k.oid IS NOT NULL THEN format('CAST (%s AS %s)', format_type(k.castsource, NULL), format_type(k.casttarget, NULL))
               ELSE upper(replace(i.type, '-', ' ')) || ' ' || i.identity END
        FROM pg_depend d LEFT JOIN pg_cast k ON d.classid = 'pg_cast'::regclass AND k.oid = d.objid,
             LATERAL pg_identify_object(d.classid, d.objid, 0) i
       WHERE d.classid NOT IN ('pg_proc'::regclass, 'pg_class'::regclass, 'pg_type'::regclass)
         AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
       ORDER BY 1)]]

local of_members = ([[
SELECT quote_ident(e.extname) AS name, nullif(%s, '{}') AS member_privileges, %s AS _members, %s AS _open_members
  FROM pg_extension e WHERE e.oid >= 16384]]):format(grants, members, open)

-- PostgreSQL needs long for the plan of this query, so it is separate, and only sent where there are extensions.
local function read_members(db, found)
  local extensions = found.of_kind "EXTENSION"
  for _, row in ipairs(#extensions > 0 and db:query(of_members) or {}) do
    local o = found.objects["EXTENSION " .. row.name]
    if o then o.member_privileges, o._members, o._open_members = row.member_privileges, row._members, row._open_members end
  end
end

-- Adds the items of a list to { [ON] = { old, new } }, lists of entries, and to the names of these in order.  `here`, `there`:
-- which of the two has the entries that this list adds, and which has those that it takes away.
local function add_entries(members, names, items, here, there)
  for _, item in ipairs(items or {}) do
    local on, sign, entry = item:match "^(.*): ([+-])(.*)$"
    if not members[on] then
      members[on] = { {}, {} }
      names[#names + 1] = on
    end
    table.insert(members[on][sign == "+" and here or there], entry)
  end
end

-- An entry that the extension grants is in both lists of items if both schemas take it away.
local function change_privileges(new, had)
  local members, names, list = {}, {}, {}
  add_entries(members, names, had, 1, 2)
  add_entries(members, names, new.member_privileges, 2, 1)
  table.sort(names)
  for _, on in ipairs(names) do
    local before, after = table.unpack(members[on])
    local statements = privileges.change({ on = on }, "CURRENT_USER", before, after)
    table.move(statements, 1, #statements, #list + 1, list)
  end
  return list
end

-- The privileges that a new extension's members have by default privileges, as items of `grants`.
local function given(o, context)
  local items = {}
  local function add(sign, on, entries, others)
    for _, entry in ipairs(entries) do
      if not others[entry] then items[#items + 1] = ("%s: %s%s"):format(on, sign, entry) end
    end
  end
  for _, item in ipairs(o._open_members) do
    local acl, on = item:match "^(.): (.*)$"
    local none, has = facets.initial(context, acl, on:match "^%u+ (.*)$")
    add("+", on, has, text.set(none))
    add("-", on, none, text.set(has))
  end
  return items
end

-- Another superuser, who does not have the same default privileges, may create the extension. So the statements are those for
-- both.
local function set_privileges(new, _, _, context)
  local list, said = change_privileges(new, given(new, context)), {}
  for _, statement in ipairs(list) do said[statement] = true end
  for _, statement in ipairs(change_privileges(new, nil)) do
    if not said[statement] then list[#list + 1] = statement end
  end
  return list
end

-- The items of a list with the names that members have once the extension is in its new schema.
local function moved(items, old, new)
  local list, schema = {}, "([ (,])" .. old.schema:gsub("%p", "%%%0") .. "%."
  local other = "%1" .. new.schema:gsub("%%", "%%%%") .. "."
  for i, item in ipairs(items or {}) do list[i] = item:gsub(schema, other) end
  return list
end

return {
  kind  = "EXTENSION",
  rank  = 20,
  found_in = "pg_extension",
  superuser = true,
  -- Each database has plpgsql, which can be dropped and created again.
  query = [[
SELECT @address(pg_extension, e.oid, 0) AS _address, quote_ident(e.extname) AS name, quote_ident(n.nspname) AS schema,
       e.extversion AS _version, a.default_version AS _default_version, e.extrelocatable AS _relocatable
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
  LEFT JOIN pg_available_extensions() a ON a.name = e.extname
 WHERE e.extname <> 'plpgsql']],
  complete = read_members,

  names = function(o) return table.move(o._members, 1, #o._members, 2, { "extension " .. o.name }) end,
  create = function(o)
    return ("CREATE EXTENSION %s WITH SCHEMA %s"):format(o.name, o.schema)
  end,

  can_alter = function(new, old) return new.schema == old.schema or old._relocatable end,
  -- Another version has other members.
  unknown = function(field, old, new) return field == "member_privileges" and old._version ~= new._version end,
  later = { "_open_members" },
  first = { "schema" },
  alter = {
    member_privileges = function(new, old) return change_privileges(new, moved(old.member_privileges, old, new)) end,
    _open_members = set_privileges,
    schema = function(new) return ("ALTER EXTENSION %s SET SCHEMA %s"):format(new.name, new.schema) end,
  },
}

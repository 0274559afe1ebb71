-- privileges.lua: who may do what with an object, and the GRANT and REVOKE that lead from one state to another.
--
-- A list of privileges has entries "GRANTEE=PRIVILEGE", with "*" at the end where the grantee may grant it to others.
-- GRANTEE is a quoted role, PUBLIC, or * for the owner of the object. The grantor is not recorded.

local privileges = {}

local ORDER = { "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN", "EXECUTE", "USAGE",
                "CREATE" }
local OWNER <const> = "*"

-- An entry → grantee, privilege, "*" or "".
function privileges.split(entry) return entry:match "^(.*)=([A-Z]+)(%*?)$" end

-- A list → { [grantee] = { [privilege] = "*" or "" } }.  `owner` and the owner's token are one grantee.
local function parse(list, owner)
  local set = {}
  for _, entry in ipairs(list) do
    local grantee, privilege, option = privileges.split(entry)
    if grantee == owner then grantee, option = OWNER, "" end
    set[grantee] = set[grantee] or {}
    if set[grantee][privilege] ~= "*" then set[grantee][privilege] = option end
  end
  return set
end

-- Two lists as one.
function privileges.merge(a, b)
  local list = table.move(a, 1, #a, 1, {})
  return table.move(b, 1, #b, #a + 1, list)
end

-- The entries that both lists have.
function privileges.common(a, b)
  local list, has = {}, {}
  for _, entry in ipairs(a) do has[entry] = true end
  for _, entry in ipairs(b) do
    if has[entry] then list[#list + 1] = entry end
  end
  return list
end

local function grantees(...)
  local seen, list = {}, {}
  for _, set in ipairs { ... } do
    for grantee in pairs(set) do
      if not seen[grantee] then list[#list + 1] = grantee end
      seen[grantee] = true
    end
  end
  table.sort(list)
  return list
end

-- Collects privileges by grantee, and writes one statement for all grantees that share them.
local function batch(target, owner, format)
  local words, by_words = {}, {}
  local self = {}
  function self.add(grantee, names)
    if #names == 0 then return end
    local word = target.column and (table.concat(names, " (%s), ") .. " (%s)"):gsub("%%s", (target.column:gsub("%%", "%%%%")))
      or table.concat(names, ", ")
    if not by_words[word] then
      by_words[word] = {}
      words[#words + 1] = word
    end
    table.insert(by_words[word], grantee == OWNER and owner or grantee)
  end
  function self.write(list)
    for _, word in ipairs(words) do
      list[#list + 1] = (target.prefix or "") .. format:format(word, target.on, table.concat(by_words[word], ", "))
    end
  end
  return self
end

local function names_where(test)
  local list = {}
  for _, privilege in ipairs(ORDER) do
    if test(privilege) then list[#list + 1] = privilege end
  end
  return list
end

-- A privilege that another role than the owner granted can be revoked only by revoking the grant option of that role.
local function revoke_delegated(list, target, owner, had, has, delegated)
  local by_others = parse(delegated, owner)
  local revoke = batch(target, owner, "REVOKE %s ON %s FROM %s CASCADE")
  local changed = {}
  for _, grantee in ipairs(grantees(had, has)) do
    for _, privilege in ipairs(ORDER) do
      if (had[grantee] or {})[privilege] ~= (has[grantee] or {})[privilege] then changed[privilege] = true end
    end
  end
  for _, grantee in ipairs(grantees(had)) do
    local names = names_where(function(privilege)
      local is = had[grantee][privilege]
      return is and changed[privilege] and grantee ~= OWNER and (is == "*" or (by_others[grantee] or {})[privilege])
    end)
    for _, privilege in ipairs(names) do had[grantee][privilege] = nil end
    revoke.add(grantee, names)
  end
  revoke.write(list)
end

-- target: { on = "TABLE public.t", column = a column's name or nil, prefix = the SQL before GRANT, or nil } old, new:
-- lists; delegated: entries of `old` that were granted by others than the owner, or nil. → statements, and the number of the
-- first one that takes privileges from the owner, who needs them until everything else is done; `owner` is that of the
-- object, at the time when they run.
function privileges.change(target, owner, old, new, delegated)
  local list, had, has = {}, parse(old, owner), parse(new, owner)
  if delegated then revoke_delegated(list, target, owner, had, has, delegated) end
  local revoke = batch(target, owner, "REVOKE %s ON %s FROM %s")
  local revoke_option = batch(target, owner, "REVOKE GRANT OPTION FOR %s ON %s FROM %s")
  local grant = batch(target, owner, "GRANT %s ON %s TO %s")
  local grant_option = batch(target, owner, "GRANT %s ON %s TO %s WITH GRANT OPTION")
  local take, leave = batch(target, owner, "REVOKE %s ON %s FROM %s"), batch(target, owner, "GRANT %s ON %s TO %s")
  for _, grantee in ipairs(grantees(had, has)) do
    local before, after, own = had[grantee] or {}, has[grantee] or {}, grantee == OWNER
    local first = own and take or revoke
    first.add(grantee, names_where(function(p) return before[p] and not after[p] end))
    revoke_option.add(grantee, names_where(function(p) return before[p] == "*" and after[p] == "" end))
    -- REVOKE on a table also revokes the privileges on its columns.
    local give = own and target.column and leave or grant
    give.add(grantee, names_where(function(p) return not before[p] and after[p] == "" end))
    grant_option.add(grantee, names_where(function(p) return before[p] ~= "*" and after[p] == "*" end))
  end
  for _, statements in ipairs { revoke, revoke_option, grant, grant_option } do statements.write(list) end
  local last = #list + 1
  for _, statements in ipairs { take, leave } do statements.write(list) end
  return list, last
end

-- Reading --------------------------------------------------------------------

-- Entries of the access list `acl`, as an array.
local entries = [[
ARRAY(SELECT CASE x.grantee WHEN %s THEN '*' WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END
          || '=' || x.privilege_type || CASE WHEN bool_or(x.is_grantable) AND x.grantee <> %s THEN '*' ELSE '' END
        FROM aclexplode(%s) x %s GROUP BY x.grantee, x.privilege_type ORDER BY 1)]]

function privileges.entries(acl, owner, where) return entries:format(owner, owner, acl, where or "") end

local lists = [[
SELECT @address(pg_class, oid, 0) AS of, relacl AS acl, relowner AS owner, CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char" AS type,
       NULL AS name
  FROM pg_class WHERE relacl IS NOT NULL AND oid >= 16384
UNION ALL
SELECT @address(pg_class, a.attrelid, a.attnum), a.attacl, c.relowner, 'c', quote_ident(a.attname)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attacl IS NOT NULL AND c.oid >= 16384 AND NOT a.attisdropped
UNION ALL
SELECT @address(pg_proc, oid, 0), proacl, proowner, 'f', NULL FROM pg_proc WHERE proacl IS NOT NULL AND oid >= 16384
UNION ALL
SELECT @address(pg_type, oid, 0), typacl, typowner, 'T', NULL FROM pg_type WHERE typacl IS NOT NULL AND oid >= 16384
UNION ALL
SELECT @address(pg_namespace, oid, 0), nspacl, nspowner, 'n', NULL FROM pg_namespace WHERE nspacl IS NOT NULL
UNION ALL
SELECT @address(pg_language, oid, 0), lanacl, lanowner, 'l', NULL FROM pg_language WHERE lanacl IS NOT NULL AND oid >= 16384
UNION ALL
SELECT @address(pg_foreign_data_wrapper, oid, 0), fdwacl, fdwowner, 'F', NULL FROM pg_foreign_data_wrapper WHERE fdwacl IS NOT NULL
UNION ALL
SELECT @address(pg_foreign_server, oid, 0), srvacl, srvowner, 'S', NULL FROM pg_foreign_server WHERE srvacl IS NOT NULL]]

-- `entries` is NULL if the list is the default for the type of the object.
local query = ([[
SELECT of, type::text AS type, name, nullif(%s, CASE type WHEN 'c' THEN '{}' ELSE %s END) AS entries,
       nullif(%s, '{}') AS delegated
  FROM (%s) l]]):format(privileges.entries("acl", "owner"), privileges.entries("acldefault(type, owner)", "owner"),
                        privileges.entries("acl", "owner", "WHERE x.grantor <> owner"), lists)

-- The default privileges of objects without any GRANT, by type.
local defaults = ([[SELECT type::text AS type, %s AS entries FROM unnest('{r,s,f,T,n,l,F,S}'::"char"[]) type]])
  :format(privileges.entries("acldefault(type, 10)", "10"))

-- The privileges on the schema public of a new database. "*" is its owner: ALTER SCHEMA ... OWNER TO transfers the privileges
-- of the old owner to the new one.
local function on_public(version)
  local list = { "*=CREATE", "*=USAGE", "PUBLIC=USAGE" }
  if version < 150000 then table.insert(list, 3, "PUBLIC=CREATE") end
  return list
end

local function same(a, b) return table.concat(a, "\1") == table.concat(b, "\1") end

-- The privileges of a column that is not a separate object, or of the sequence of an identity column.
local function attach(found, row)
  local object = found.by_address[row.of]
  if object then
    object.privileges, object._delegated = row.entries, row.delegated
  elseif row.type == "c" then
    object = found.by_address[row.of & ~0x7ff]
    if object and row.entries then
      object.column_privileges = object.column_privileges or {}
      for _, entry in ipairs(row.entries) do table.insert(object.column_privileges, row.name .. ": " .. entry) end
      table.sort(object.column_privileges)
    end
  end
end

-- The schema public has privileges if they are not those of a new database. A new schema of this name, which PostgreSQL
-- records like any other, is compared with it by the same rule.
local function read_public(found)
  local public = found.objects["SCHEMA public"]
  if not public then return end
  local usual, has = on_public(found.version), public.privileges or found.defaults.n
  public._base_privileges, public.privileges = usual, not same(usual, has) and has or nil
end

-- Completes a snapshot; `expand` replaces the @-words of a query.
function privileges.read(db, found, expand)
  found.defaults = {}
  for _, row in ipairs(db:query(expand(defaults))) do found.defaults[row.type] = row.entries end
  local sequences = {}
  for _, object in ipairs(found.of_kind "COLUMN") do
    if object._identity_sequence then sequences[object._identity_sequence] = object end
  end
  for _, row in ipairs(db:query(expand(query))) do
    local column = sequences[row.of]
    if column then column.identity_privileges = row.entries else attach(found, row) end
  end
  for _, object in ipairs(found.list) do
    object._base_privileges = found.defaults[object.kind.acl]
    object._sequence_privileges = object._identity_sequence and found.defaults.s
  end
  read_public(found)
end

return privileges

-- roles.lua: the roles that a schema names. Roles belong to the server, so a throw-away server has none of them.

local core = ...
local privileges = core.require "schema.privileges"
local text = core.require "schema.sql.text"

local roles = {}

local function add(names, name)
  if name and name ~= "PUBLIC" and name ~= "*" then names[name] = true end
end

local function add_grantees(names, entries, of_columns)
  for _, entry in ipairs(entries or {}) do
    add(names, (privileges.split(of_columns and select(2, text.split_item(entry)) or entry)))
  end
end

-- The quoted names of owners and grantees, and of the roles of policies, user mappings and default privileges; sorted.
function roles.names(snapshot)
  local names, list = {}, {}
  for _, object in ipairs(snapshot.list) do
    add(names, object.owner)
    add(names, object._role)
    for _, role in ipairs(object.roles or {}) do add(names, role) end
    for _, field in ipairs { "privileges", "identity_privileges", "grants" } do
      add_grantees(names, object[field])
    end
    add_grantees(names, object.column_privileges, true)
    for _, item in ipairs(object.member_privileges or {}) do add(names, (privileges.split(item:match ": [+-](.*)$"))) end
  end
  for name in pairs(names) do list[#list + 1] = name end
  table.sort(list)
  return list
end

-- The name is quoted where it needs to be; quote_ident would quote it where the session has quote_all_identifiers.
local function exists(db, name)
  return db:value("SELECT pg_catalog.to_regrole($1) IS NOT NULL", name)
end

-- Creates the roles that the server of a scratch database lacks. They cannot log in.
function roles.create(db, snapshot)
  for _, name in ipairs(roles.names(snapshot)) do
    if not exists(db, name) then db:exec("CREATE ROLE " .. name .. " NOLOGIN") end
  end
end

local MAKES_ROLE <const> = { ROLE = true, USER = true, GROUP = true }

-- The role that a statement creates, without quotes; nil for another statement.
local function created_by(statement)
  local create, what, rest = statement:match "^(%a+)%s+(%a+)%s+(.+)$"
  if not create or create:upper() ~= "CREATE" or not MAKES_ROLE[what:upper()] then return nil end
  local quoted = rest:gsub('""', "\0"):match '^"([^"]*)"'
  return quoted and quoted:gsub("\0", '"') or rest:match "^[^%s;]+":lower()
end

-- SQL with blanks in place of the first statement that creates this role, so that the rest stays in its lines; nil if
-- there is none.
function roles.without(sql, name)
  local from = 1
  for _, statement in ipairs(moonbird.statements(sql)) do
    local first, last = sql:find(statement.text, from, true)
    if created_by(statement.text) == name then
      return sql:sub(1, first - 1) .. statement.text:gsub("[^\n]", " ") .. sql:sub(last + 1)
    end
    from = last + 1
  end
  return nil
end

return roles

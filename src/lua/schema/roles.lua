-- roles.lua: the roles that a schema names.  They belong to the server, so that a throw-away one has none of them.

local roles = {}

local function add(names, name)
  if name and name ~= "PUBLIC" then names[name] = true end
end

-- The quoted names of owners, grantees and those of policies, sorted.
function roles.names(snapshot)
  local names, list = {}, {}
  for _, object in ipairs(snapshot.list) do
    add(names, object.owner)
    for _, role in ipairs(object.roles or {}) do add(names, role) end
    for grantee in pairs(object.privileges or {}) do add(names, grantee) end
  end
  for name in pairs(names) do list[#list + 1] = name end
  table.sort(list)
  return list
end

-- Makes the roles that the server of a scratch database lacks; they cannot log in.
function roles.create(db, snapshot)
  local known = {}
  for _, row in ipairs(db:query "SELECT pg_catalog.quote_ident(rolname) AS name FROM pg_catalog.pg_roles") do
    known[row.name] = true
  end
  for _, name in ipairs(roles.names(snapshot)) do
    if not known[name] then db:exec("CREATE ROLE " .. name .. " NOLOGIN") end
  end
end

return roles

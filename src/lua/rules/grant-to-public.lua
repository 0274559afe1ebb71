-- Privileges that PUBLIC has by default, or that are harmless for it.
local usual = { usage = true, execute = true, connect = true, temporary = true, temp = true }

local function is_public(top)
  for _, role in ipairs(top.grantees) do
    if role.roletype == "ROLESPEC_PUBLIC" then return true end
  end
  return false
end

local function is_usual(privileges)
  for _, privilege in ipairs(privileges or {}) do
    if not usual[privilege.priv_name] then return false end
  end
  return privileges ~= nil
end

return {
  id       = "grant-to-public",
  aliases  = {},
  group    = "compat",
  severity = "warning",
  summary  = "GRANT to PUBLIC gives the privilege to every role, including roles that are created later",
  why      = [[
Every role that can connect then has the privilege, such as the role of a reporting tool or of another application. REVOKE
from a single role does not take it away.]],
  fix      = [[
Grant the privilege to the roles that need it, or to a group role.]],

  check = function(stmt, ctx)
    local grant = stmt.tree
    if grant.tag ~= "GrantStmt" or not grant.is_grant or not is_public(grant) or is_usual(grant.privileges) then return end
    ctx:report { message = "GRANT to PUBLIC gives the privilege to every role", fix = "Grant it to the roles that need it." }
  end,

  bad = { "GRANT SELECT ON users TO PUBLIC;", "GRANT ALL ON ALL TABLES IN SCHEMA app TO PUBLIC;" },
  good = {
    "GRANT SELECT ON users TO reader;",
    "GRANT USAGE ON SCHEMA app TO PUBLIC;",
    "REVOKE ALL ON users FROM PUBLIC;",
  },
}

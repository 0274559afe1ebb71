-- Row-level security with Neon Auth: a request has a JWT and runs as the role "authenticated".
-- auth.user_id() is the subject of the JWT, which is the WorkOS id of the user.
-- 001_enable_rls_standard does the same without Neon. A database has one of the two, and the team has
-- decided for the standard one.

local me = "(SELECT id FROM users WHERE workos_user_id = (SELECT auth.user_id()))"

-- table, policy, command, the rows to which it applies
local policies = {
  { "users", "neon_own_row", "SELECT", "workos_user_id = (SELECT auth.user_id())" },
  { "user_org_memberships", "neon_own_memberships", "SELECT", "user_id = " .. me },
  { "organizations", "neon_own_organizations", "SELECT",
    "id IN (SELECT organization_id FROM user_org_memberships WHERE user_id = " .. me
    .. " AND status = 'active' AND deleted_at IS NULL)" },
  { "events", "neon_offers", "SELECT", "is_active AND deleted_at IS NULL" },
  { "events", "neon_own_events", "ALL", "expert_id = " .. me },
  { "schedules", "neon_own_schedules", "ALL", "expert_id = " .. me },
  { "schedule_hours", "neon_own_hours", "ALL",
    "schedule_id IN (SELECT id FROM schedules WHERE expert_id = " .. me .. ")" },
  { "meetings", "neon_own_meetings", "SELECT", "expert_id = " .. me },
}

local tables = {
  "users", "organizations", "user_org_memberships", "events", "schedules", "schedule_hours", "meetings",
}

local function need(found, what)
  if found then return end
  error {
    message = "this database has no " .. what .. ": it does not have Neon Auth",
    hint = "Without Neon Auth, use 001_enable_rls_standard.",
  }
end

local function secure(db, name)
  if db:value("SELECT relrowsecurity FROM pg_class WHERE oid = $1::regclass", name) then
    error {
      message = "row-level security is already on for " .. name,
      hint = "Roll back the migration that enabled it first: its policies would be added to these.",
    }
  end
  db:exec("ALTER TABLE " .. name .. " ENABLE ROW LEVEL SECURITY")
end

return {
  description = "Row-level security by Neon Auth (JWT)",
  requires = { "0012_personal_organizations" },
  conflicts = { "001_enable_rls_standard" },
  shelved = "row-level security, when it comes, is 001_enable_rls_standard",

  up = function(db)
    need(db:has_function "auth.user_id", "function auth.user_id()")
    need(db:has_role "authenticated", "role \"authenticated\"")
    for _, name in ipairs(tables) do secure(db, name) end
    for _, policy in ipairs(policies) do
      db:exec(("CREATE POLICY %s ON %s FOR %s TO authenticated USING (%s)"):format(
        policy[2], policy[1], policy[3], policy[4]))
    end
  end,

  down = function(db)
    for _, policy in ipairs(policies) do
      db:exec(("DROP POLICY %s ON %s"):format(policy[2], policy[1]))
    end
    for _, name in ipairs(tables) do
      db:exec("ALTER TABLE " .. name .. " DISABLE ROW LEVEL SECURITY")
    end
  end,
}

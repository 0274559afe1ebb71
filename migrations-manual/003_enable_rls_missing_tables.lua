-- What the phases before left out. user_preferences may be gone already (011).

local policies = {
  expert_applications = [[
    CREATE POLICY expert_applications_admin ON expert_applications USING ((SELECT app.is_admin()));
    CREATE POLICY expert_applications_see ON expert_applications FOR SELECT
      USING (user_id = (SELECT app.current_user_id()));
    -- To approve it is not the applicant's.
    CREATE POLICY expert_applications_submit ON expert_applications FOR INSERT
      WITH CHECK (user_id = (SELECT app.current_user_id()) AND status IN ('draft', 'submitted'));
    CREATE POLICY expert_applications_edit ON expert_applications FOR UPDATE
      USING (user_id = (SELECT app.current_user_id()) AND status IN ('draft', 'submitted'))
      WITH CHECK (user_id = (SELECT app.current_user_id())
                  AND status IN ('draft', 'submitted', 'withdrawn'));
  ]],
  -- Lines are added, by whom they name; no policy lets anybody change or delete one.
  audit_logs = [[
    CREATE POLICY audit_logs_see ON audit_logs FOR SELECT
      USING (actor_id = (SELECT app.current_user_id())
             OR organization_id IN (SELECT app.managed_organizations())
             OR (SELECT app.is_admin()));
    CREATE POLICY audit_logs_add ON audit_logs FOR INSERT
      WITH CHECK (actor_id = (SELECT app.current_user_id()));
  ]],
  user_preferences = [[
    CREATE POLICY user_preferences_own ON user_preferences
      USING (user_id = (SELECT app.current_user_id()));
  ]],
}

local names = { "expert_applications", "audit_logs", "user_preferences" }

return {
  description = "Row-level security for applications, the audit trail and preferences",
  requires = { "001_enable_rls_standard", "0017_audit_consolidation" },

  up = function(db)
    for _, name in ipairs(names) do
      if db:has_table(name) then
        db:exec("ALTER TABLE " .. name .. " ENABLE ROW LEVEL SECURITY")
        db:exec(policies[name])
      end
    end
  end,

  down = function(db)
    for _, name in ipairs(names) do
      local created = db:query("SELECT policyname AS name FROM pg_policies WHERE tablename = $1", name)
      for _, policy in ipairs(created) do
        db:exec(("DROP POLICY %s ON %s"):format(policy.name, name))
      end
      if db:has_table(name) then db:exec("ALTER TABLE " .. name .. " DISABLE ROW LEVEL SECURITY") end
    end
  end,
}

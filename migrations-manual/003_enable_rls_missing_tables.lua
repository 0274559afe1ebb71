-- The tables that the earlier phases left out. user_preferences may not exist any more (011).

local tables = {
  {
    name = "expert_applications",
    up = [[
      ALTER TABLE expert_applications ENABLE ROW LEVEL SECURITY;
      CREATE POLICY expert_applications_admin ON expert_applications
        USING ((SELECT app.is_admin()));
      CREATE POLICY expert_applications_see ON expert_applications FOR SELECT
        USING (user_id = (SELECT app.current_user_id()));
      CREATE POLICY expert_applications_submit ON expert_applications FOR INSERT
        WITH CHECK (user_id = (SELECT app.current_user_id()) AND status IN ('draft', 'submitted'));
      -- Applicants can withdraw an application. Only others can approve it.
      CREATE POLICY expert_applications_edit ON expert_applications FOR UPDATE
        USING (user_id = (SELECT app.current_user_id()) AND status IN ('draft', 'submitted'))
        WITH CHECK (user_id = (SELECT app.current_user_id())
                    AND status IN ('draft', 'submitted', 'withdrawn'));
    ]],
    down = [[
      DROP POLICY expert_applications_edit ON expert_applications;
      DROP POLICY expert_applications_submit ON expert_applications;
      DROP POLICY expert_applications_see ON expert_applications;
      DROP POLICY expert_applications_admin ON expert_applications;
      ALTER TABLE expert_applications DISABLE ROW LEVEL SECURITY;
    ]],
  },
  {
    -- Users add rows about themselves. No policy lets anybody change or delete a row.
    name = "audit_logs",
    up = [[
      ALTER TABLE audit_logs ENABLE ROW LEVEL SECURITY;
      CREATE POLICY audit_logs_see ON audit_logs FOR SELECT
        USING (actor_id = (SELECT app.current_user_id())
               OR organization_id IN (SELECT app.managed_organizations())
               OR (SELECT app.is_admin()));
      CREATE POLICY audit_logs_add ON audit_logs FOR INSERT
        WITH CHECK (actor_id = (SELECT app.current_user_id()));
    ]],
    down = [[
      DROP POLICY audit_logs_add ON audit_logs;
      DROP POLICY audit_logs_see ON audit_logs;
      ALTER TABLE audit_logs DISABLE ROW LEVEL SECURITY;
    ]],
  },
  {
    name = "user_preferences",
    up = [[
      ALTER TABLE user_preferences ENABLE ROW LEVEL SECURITY;
      CREATE POLICY user_preferences_own ON user_preferences
        USING (user_id = (SELECT app.current_user_id()));
    ]],
    down = [[
      DROP POLICY user_preferences_own ON user_preferences;
      ALTER TABLE user_preferences DISABLE ROW LEVEL SECURITY;
    ]],
  },
}

local function for_each_table(db, direction)
  for _, t in ipairs(tables) do
    if db:has_table(t.name) then db:exec(t[direction]) end
  end
end

return {
  description = "Row-level security for applications, the audit trail and preferences",
  requires = { "001_enable_rls_standard", "0017_audit_consolidation" },
  up   = function(db) for_each_table(db, "up") end,
  down = function(db) for_each_table(db, "down") end,
}

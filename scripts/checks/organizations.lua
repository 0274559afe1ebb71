-- Only an owner can invite members, change the plan and close the organization.

local expect_none = require "expect_none"

return function(db)
  if not db:has_table "user_org_memberships" then return true end -- before 0011
  return expect_none(db, "organizations have no owner", [[
    SELECT slug
      FROM organizations o
     WHERE deleted_at IS NULL
       AND NOT EXISTS (SELECT FROM user_org_memberships m
                        WHERE m.organization_id = o.id AND m.role = 'owner'
                          AND m.status = 'active' AND m.deleted_at IS NULL)
  ]])
end

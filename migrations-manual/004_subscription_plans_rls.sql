-- moonbird: description=Row-level security for subscription plans
-- moonbird: requires=001_enable_rls_standard,0013_subscription_plans
-- Members see the plan of their organization. Only Stripe's webhook changes it, and it connects as
-- the owner of the tables.

ALTER TABLE subscription_plans ENABLE ROW LEVEL SECURITY;
CREATE POLICY subscription_plans_see ON subscription_plans FOR SELECT
    USING (organization_id IN (SELECT app.my_organizations()) OR (SELECT app.is_admin()));

-- moonbird:down

DROP POLICY subscription_plans_see ON subscription_plans;
ALTER TABLE subscription_plans DISABLE ROW LEVEL SECURITY;

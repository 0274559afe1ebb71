DROP POLICY user_org_memberships_manage ON user_org_memberships;
DROP POLICY user_org_memberships_see ON user_org_memberships;
DROP POLICY user_org_memberships_admin ON user_org_memberships;
ALTER TABLE user_org_memberships DISABLE ROW LEVEL SECURITY;

DROP POLICY organizations_edit ON organizations;
DROP POLICY organizations_see ON organizations;
DROP POLICY organizations_admin ON organizations;
ALTER TABLE organizations DISABLE ROW LEVEL SECURITY;

DROP POLICY users_edit_self ON users;
DROP POLICY users_see ON users;
DROP POLICY users_admin ON users;
ALTER TABLE users DISABLE ROW LEVEL SECURITY;

DROP FUNCTION app.colleagues();
DROP FUNCTION app.managed_organizations();
DROP FUNCTION app.my_organizations();
DROP FUNCTION app.is_admin();
DROP FUNCTION app.current_user_role();
DROP FUNCTION app.current_user_id();
DROP SCHEMA app;

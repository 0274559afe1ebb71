-- moonbird: description=Row-level security by SET LOCAL app.current_user_id
-- moonbird: requires=0012_personal_organizations
--
-- The application begins each transaction with
--     SET LOCAL app.current_user_id = '<users.id>';
-- and sees nothing without it. It must not connect as the owner of the tables, because the owner
-- sees every row. Migrations run as the owner.

-- These policies would be added to those of another migration, which must be rolled back first.
-- expect: no rows
SELECT relname AS secured FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace;

CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO PUBLIC;

CREATE FUNCTION app.current_user_id() RETURNS uuid LANGUAGE sql STABLE
AS $$ SELECT nullif(current_setting('app.current_user_id', true), '')::uuid $$;

-- Some functions bypass the policies, because a policy cannot query the table that it guards. They set
-- search_path, so that the caller's own does not count.
CREATE FUNCTION app.current_user_role() RETURNS user_role LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT role FROM public.users WHERE id = app.current_user_id() AND deleted_at IS NULL
$$;

CREATE FUNCTION app.is_admin() RETURNS boolean LANGUAGE sql STABLE
AS $$ SELECT coalesce(app.current_user_role() = 'admin', false) $$;

CREATE FUNCTION app.my_organizations() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT organization_id
      FROM public.user_org_memberships
     WHERE user_id = app.current_user_id() AND status = 'active' AND deleted_at IS NULL
$$;

CREATE FUNCTION app.managed_organizations() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT organization_id
      FROM public.user_org_memberships
     WHERE user_id = app.current_user_id() AND status = 'active' AND deleted_at IS NULL
       AND role IN ('owner', 'admin')
$$;

CREATE FUNCTION app.colleagues() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT user_id
      FROM public.user_org_memberships
     WHERE organization_id IN (SELECT app.my_organizations()) AND status = 'active' AND deleted_at IS NULL
$$;

-- A function inside its own SELECT is called once for each statement, not once for each row.

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY users_admin ON users USING ((SELECT app.is_admin()));
CREATE POLICY users_see ON users FOR SELECT
    USING (id = (SELECT app.current_user_id()) OR id IN (SELECT app.colleagues()));
-- Users cannot make themselves administrators: they cannot change their role.
CREATE POLICY users_edit_self ON users FOR UPDATE
    USING (id = (SELECT app.current_user_id()))
    WITH CHECK (id = (SELECT app.current_user_id()) AND role = (SELECT app.current_user_role()));

ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
CREATE POLICY organizations_admin ON organizations USING ((SELECT app.is_admin()));
CREATE POLICY organizations_see ON organizations FOR SELECT
    USING (id IN (SELECT app.my_organizations()));
CREATE POLICY organizations_edit ON organizations FOR UPDATE
    USING (id IN (SELECT app.managed_organizations()));

ALTER TABLE user_org_memberships ENABLE ROW LEVEL SECURITY;
CREATE POLICY user_org_memberships_admin ON user_org_memberships USING ((SELECT app.is_admin()));
CREATE POLICY user_org_memberships_see ON user_org_memberships FOR SELECT
    USING (user_id = (SELECT app.current_user_id())
           OR organization_id IN (SELECT app.my_organizations()));
CREATE POLICY user_org_memberships_manage ON user_org_memberships
    USING (organization_id IN (SELECT app.managed_organizations()));

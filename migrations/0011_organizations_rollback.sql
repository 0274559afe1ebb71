DROP TABLE user_org_memberships;
DROP TABLE organizations;
DROP TYPE membership_role;

-- moonbird: description=Organizations and their members, as in WorkOS

CREATE TYPE membership_role AS ENUM ('owner', 'admin', 'member');

CREATE TABLE organizations (
    id                     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    workos_organization_id text,
    name                   text NOT NULL,
    slug                   text NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    kind                   text NOT NULL DEFAULT 'team' CHECK (kind IN ('personal', 'team')),
    metadata               jsonb NOT NULL DEFAULT '{}',
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz NOT NULL DEFAULT now(),
    deleted_at             timestamptz
);

CREATE UNIQUE INDEX organizations_workos_organization_id_key
    ON organizations (workos_organization_id);

-- Unique among deleted organizations, too: a link to one must not lead to another.
CREATE UNIQUE INDEX organizations_slug_key ON organizations (slug);

CREATE TABLE user_org_memberships (
    id                   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- A membership is nothing without its two ends.
    user_id              uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organization_id      uuid NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    workos_membership_id text,
    role                 membership_role NOT NULL DEFAULT 'member',
    status               text NOT NULL DEFAULT 'active'
        CHECK (status IN ('pending', 'active', 'inactive')),
    joined_at            timestamptz NOT NULL DEFAULT now(),
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now(),
    deleted_at           timestamptz
);

CREATE UNIQUE INDEX user_org_memberships_workos_membership_id_key
    ON user_org_memberships (workos_membership_id);
CREATE UNIQUE INDEX user_org_memberships_user_key ON user_org_memberships (user_id, organization_id)
    WHERE deleted_at IS NULL;
CREATE INDEX user_org_memberships_user_id_idx ON user_org_memberships (user_id);
CREATE INDEX user_org_memberships_organization_id_idx ON user_org_memberships (organization_id);

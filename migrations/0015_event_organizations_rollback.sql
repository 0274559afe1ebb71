ALTER TABLE events DROP COLUMN organization_id;

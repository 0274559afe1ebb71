-- moonbird: description=An audit trail that can be searched

-- Rows are never changed or deleted, so there is no updated_at and no deleted_at. A row stays when
-- the user or organization that it is about is deleted.
CREATE TABLE audit_logs (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    occurred_at     timestamptz NOT NULL DEFAULT now(),
    organization_id uuid REFERENCES organizations (id) ON DELETE SET NULL,
    actor_id        uuid REFERENCES users (id) ON DELETE SET NULL,
    actor_label     text NOT NULL,
    action          text NOT NULL CHECK (action ~ '^[a-z0-9_]+(\.[a-z0-9_]+)+$'),
    target_type     text,
    target_id       uuid,
    ip              inet,
    user_agent      text,
    details         jsonb NOT NULL DEFAULT '{}'
);

CREATE INDEX audit_logs_organization_id_idx ON audit_logs (organization_id, occurred_at);
CREATE INDEX audit_logs_actor_id_idx ON audit_logs (actor_id, occurred_at);
CREATE INDEX audit_logs_occurred_at_idx ON audit_logs (occurred_at);

-- moonbird:down

DROP TABLE audit_logs;

-- moonbird: description=An audit trail that can be searched

-- Nothing here is changed or deleted, so there is neither updated_at nor deleted_at. What a line
-- says outlives whom it is about.
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

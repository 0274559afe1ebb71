-- moonbird: description=A first audit trail, in text

CREATE TABLE audit_events (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    actor       text,
    event       text NOT NULL,
    payload     text,
    ip          text,
    happened_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN audit_events.actor IS 'a Clerk id, an address, or the name of a job';

CREATE INDEX audit_events_happened_at_idx ON audit_events (happened_at);

-- moonbird:down

DROP TABLE audit_events;

-- moonbird: description=The offers of experts

CREATE TABLE events (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Deleting an expert deletes the offers. A booked offer cannot be deleted, nor can its expert (0003).
    expert_id        uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    slug             text NOT NULL CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    title            text NOT NULL,
    description      text,
    duration_minutes integer NOT NULL CHECK (duration_minutes BETWEEN 5 AND 480),
    price            bigint NOT NULL DEFAULT 0 CHECK (price >= 0),
    currency         text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
    is_active        boolean NOT NULL DEFAULT true,
    sort_order       integer NOT NULL DEFAULT 0,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    deleted_at       timestamptz
);

COMMENT ON COLUMN events.price IS 'in minor units: 4500 with EUR is 45.00 euro';

CREATE INDEX events_expert_id_idx ON events (expert_id);
CREATE UNIQUE INDEX events_expert_slug_key ON events (expert_id, slug) WHERE deleted_at IS NULL;

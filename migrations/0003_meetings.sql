-- moonbird: description=Bookings, by a guest's name and address

CREATE TYPE meeting_status AS ENUM ('booked', 'completed', 'cancelled');

CREATE TABLE meetings (
    id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- A booking is a business record: its offer and its expert cannot be deleted.
    event_id            uuid NOT NULL REFERENCES events (id) ON DELETE RESTRICT,
    expert_id           uuid NOT NULL REFERENCES users (id) ON DELETE RESTRICT,
    guest_email         text,
    guest_name          text,
    guest_time_zone     text NOT NULL DEFAULT 'UTC',
    notes               text,
    status              meeting_status NOT NULL DEFAULT 'booked',
    cancellation_reason text,
    starts_at           timestamptz NOT NULL,
    ends_at             timestamptz NOT NULL,
    meeting_url         text,
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    deleted_at          timestamptz,
    CONSTRAINT meetings_order_check CHECK (starts_at < ends_at)
);

CREATE INDEX meetings_event_id_idx ON meetings (event_id);
CREATE INDEX meetings_expert_id_idx ON meetings (expert_id, starts_at);
CREATE INDEX meetings_guest_email_idx ON meetings (lower(guest_email));

-- moonbird: description=The schedules of experts

CREATE TABLE schedules (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Nobody else uses an expert's schedules.
    expert_id  uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       text NOT NULL DEFAULT 'Working hours',
    time_zone  text NOT NULL,
    is_default boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);

CREATE INDEX schedules_expert_id_idx ON schedules (expert_id);
CREATE UNIQUE INDEX schedules_default_key ON schedules (expert_id)
    WHERE is_default AND deleted_at IS NULL;

-- Hours are in the schedule's time zone: nine o'clock stays nine o'clock when the clocks change.
CREATE TABLE schedule_hours (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Hours are a part of their schedule.
    schedule_id uuid NOT NULL REFERENCES schedules (id) ON DELETE CASCADE,
    weekday     integer NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    starts_at   time NOT NULL,
    ends_at     time NOT NULL,
    CONSTRAINT schedule_hours_order_check CHECK (starts_at < ends_at)
);

COMMENT ON COLUMN schedule_hours.weekday IS 'ISO: 1 is Monday, 7 is Sunday';

CREATE INDEX schedule_hours_schedule_id_idx ON schedule_hours (schedule_id);

-- PostgreSQL cannot remove a value from an enum, so this makes a new type.

ALTER TYPE meeting_status RENAME TO meeting_status_with_no_show;
CREATE TYPE meeting_status AS ENUM ('booked', 'completed', 'cancelled');

UPDATE meetings SET cancellation_reason = 'no_show' WHERE status = 'no_show';

ALTER TABLE meetings
    ALTER COLUMN status DROP DEFAULT,
    ALTER COLUMN status TYPE meeting_status
        USING CASE status WHEN 'no_show' THEN 'cancelled' ELSE status::text END::meeting_status,
    ALTER COLUMN status SET DEFAULT 'booked';

DROP TYPE meeting_status_with_no_show;

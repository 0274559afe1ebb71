-- moonbird: description=An expert's hour is booked once
-- People can book while the index is built. If two bookings share an hour, the build fails and names
-- it: cancel one, and `moonbird up` continues from here.

CREATE UNIQUE INDEX CONCURRENTLY meetings_slot_key ON meetings (expert_id, starts_at)
    WHERE status <> 'cancelled' AND deleted_at IS NULL; -- lint: ignore unique-may-fail the comment above says what to do

COMMENT ON INDEX meetings_slot_key IS 'an expert has one meeting at a time';

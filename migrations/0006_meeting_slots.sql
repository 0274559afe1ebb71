-- moonbird: description=An expert's hour is booked once
-- Bookings go on while the index is built. Where two share an hour already, the build fails and
-- says which: cancel one, and `moonbird up` goes on from here.

CREATE UNIQUE INDEX CONCURRENTLY meetings_slot_key ON meetings (expert_id, starts_at)
    WHERE status <> 'cancelled' AND deleted_at IS NULL;

COMMENT ON INDEX meetings_slot_key IS 'an expert has one meeting at a time';

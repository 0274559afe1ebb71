DROP INDEX CONCURRENTLY meetings_slot_key;

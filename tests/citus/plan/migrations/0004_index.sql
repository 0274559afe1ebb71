CREATE INDEX CONCURRENTLY events_at ON events (at);

-- moonbird:down
DROP INDEX CONCURRENTLY IF EXISTS events_at;

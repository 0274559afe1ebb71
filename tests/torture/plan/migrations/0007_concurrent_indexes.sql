INSERT INTO app.effect VALUES ('0007_concurrent_indexes', 1);
CREATE UNIQUE INDEX CONCURRENTLY users_email ON app.users (email);
INSERT INTO app.effect VALUES ('0007_concurrent_indexes', 3);
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_lower ON app.users (lower(email));
DROP INDEX CONCURRENTLY app.users_again;
REINDEX INDEX CONCURRENTLY app.users_kind;
ALTER TABLE app.log DETACH PARTITION app.log_2020 CONCURRENTLY;
VACUUM app.users;
INSERT INTO app.effect VALUES ('0007_concurrent_indexes', 9);

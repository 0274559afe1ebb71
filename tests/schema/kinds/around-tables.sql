-- A table that is altered while one of its columns needs another one that goes.
CREATE TABLE u (k bigint, n bigint GENERATED ALWAYS AS (k * 2) STORED) WITH (fillfactor = 50);
-- then
CREATE TABLE u (n numeric DEFAULT -7);
ALTER TABLE u FORCE ROW LEVEL SECURITY;

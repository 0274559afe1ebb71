-- Two tables that refer to each other, and to themselves.
CREATE TABLE authors (id int PRIMARY KEY, favourite int, mentor int REFERENCES authors);
CREATE TABLE books (id int PRIMARY KEY, author int NOT NULL REFERENCES authors);
ALTER TABLE authors ADD CONSTRAINT favourite FOREIGN KEY (favourite) REFERENCES books;
-- A function over the row of a table whose default calls it.
CREATE TABLE stock (id int, n int);
CREATE FUNCTION stock_of(s stock) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN s.n; END';
ALTER TABLE stock ALTER n SET DEFAULT stock_of(NULL);
CREATE INDEX stock_idx ON stock (stock_of(stock));
CREATE VIEW low AS SELECT id, n FROM stock WHERE n < 3;
CREATE VIEW lowest AS SELECT min(n) FROM low;
COMMENT ON VIEW lowest IS 'one row';
GRANT SELECT ON lowest TO kinds_a;
-- A type uses another one, and both are in a schema with a comment.
CREATE SCHEMA parts;
COMMENT ON SCHEMA parts IS 'of machines';
CREATE TYPE parts.size AS (n int);
CREATE TYPE parts.wheel AS (id int, size parts.size);
-- then
CREATE SCHEMA parts;
CREATE TYPE parts.wheel AS (id int, size int);
-- Bodies that are strings name what is made later, and run while the migration runs.
-- From PostgreSQL 17 on, they need the schemas: a materialized view is filled with a safe search_path.
SET check_function_bodies = off;
CREATE FUNCTION a_first(int) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT public.z_later($1) + (SELECT count(*) FROM public.rooms)';
CREATE FUNCTION z_later(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
CREATE FUNCTION a_gap(int) RETURNS bigint LANGUAGE sql AS 'SELECT public.z_total(x) FROM (SELECT $1 OPERATOR(public.|-|) 1) v(x)';
CREATE FUNCTION z_gap(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT abs($1 - $2)';
CREATE OPERATOR |-| (FUNCTION = z_gap, LEFTARG = int, RIGHTARG = int);
CREATE AGGREGATE z_total(int) (SFUNC = int4_sum, STYPE = bigint);
CREATE TABLE rooms (id int PRIMARY KEY, next int GENERATED ALWAYS AS (z_later(1)) STORED);
CREATE MATERIALIZED VIEW a_count AS SELECT a_first(1) AS n;
CREATE UNIQUE INDEX a_count_n ON a_count (n);
CREATE TABLE stock (id int, n bigint DEFAULT 1);
CREATE VIEW low AS SELECT n, id FROM stock WHERE n < 3;
CREATE VIEW lowest AS SELECT min(n) FROM low;
COMMENT ON VIEW lowest IS 'one row';
GRANT SELECT ON lowest TO kinds_a;

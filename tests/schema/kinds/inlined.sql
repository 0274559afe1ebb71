-- PostgreSQL compares the expression of an index with that of a new partition's index, and both have the body of a function
-- instead of its call.
CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE TABLE t (id int, n int) PARTITION BY HASH (id);
CREATE INDEX i ON t (twice(id), n);
CREATE TABLE t0 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0);
-- then
CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql IMMUTABLE SECURITY DEFINER AS 'SELECT $1 * 2';
CREATE TABLE t (id int, n bigint) PARTITION BY HASH (id);
CREATE INDEX i ON t (twice(id), n);
CREATE TABLE t0 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE t1 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1);

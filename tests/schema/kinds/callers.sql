-- Functions that stay and name new ones run for the rows of a table: for a domain, a check, an index and a default.
CREATE FUNCTION a_caller(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN public.z_new($1) > 0; END';
CREATE FUNCTION a_value() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN public.z_new(1); END';
CREATE DOMAIN positive AS int CHECK (a_caller(VALUE));
CREATE TABLE t (id int PRIMARY KEY);
INSERT INTO t VALUES (1), (2);
-- then
CREATE FUNCTION a_caller(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN public.z_new($1) > 0; END';
CREATE FUNCTION a_value() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN public.z_new(1); END';
CREATE FUNCTION z_new(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
CREATE DOMAIN positive AS int CHECK (a_caller(VALUE));
CREATE TABLE t (id int PRIMARY KEY CHECK (a_caller(id)), b positive DEFAULT 3, c int DEFAULT a_value());
CREATE INDEX t_called ON t (a_caller(id));
-- rows
SELECT jsonb_strip_nulls(to_jsonb(t)) FROM t ORDER BY id
-- there
{"b": 3, "c": 2, "id": 1}
{"b": 3, "c": 2, "id": 2}
-- back
{"id": 1}
{"id": 2}

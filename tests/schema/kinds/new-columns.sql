-- New columns of a table with rows: the default and what it calls, so that the rows that exist have its value.
CREATE TABLE t (id int PRIMARY KEY);
CREATE FUNCTION changed() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
INSERT INTO t VALUES (1), (2);
-- then
CREATE FUNCTION z_later(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
CREATE FUNCTION a_first() RETURNS int LANGUAGE sql STABLE SET search_path = public AS 'SELECT z_later(1)';
CREATE FUNCTION changed() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 3';
CREATE SEQUENCE numbers;
CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL DEFAULT a_first(), b int DEFAULT changed(), c bigint NOT NULL DEFAULT nextval('numbers'));
-- These need the table: the rows that exist have no value.
CREATE FUNCTION counted() RETURNS bigint LANGUAGE sql STABLE SET search_path = public AS 'SELECT count(*) FROM t';
ALTER TABLE t ADD d bigint DEFAULT counted();
CREATE FUNCTION of_row(t) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 4';
ALTER TABLE t ADD e int;
ALTER TABLE t ALTER e SET DEFAULT of_row(NULL);
-- rows
SELECT jsonb_strip_nulls(to_jsonb(t)) FROM t ORDER BY id
-- there
{"a": 2, "b": 3, "c": 1, "id": 1}
{"a": 2, "b": 3, "c": 2, "id": 2}
-- back
{"id": 1}
{"id": 2}

-- Objects of other kinds get the names of a table, a function and a type, while other objects use the old and the new ones.
CREATE TABLE foo (a int, b int);
CREATE VIEW v AS SELECT a FROM foo;
CREATE VIEW far AS SELECT a FROM foo;
CREATE FUNCTION fn(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE TABLE t (a int, CHECK (fn(a) > 0), d int DEFAULT fn(1));
CREATE POLICY p ON t USING (fn(a) > 1);
CREATE VIEW w AS SELECT fn(1) AS x;
CREATE TYPE kind AS ENUM ('a');
CREATE DOMAIN value AS int CHECK (VALUE > 0);
CREATE TYPE span AS RANGE (SUBTYPE = value);
CREATE TABLE spans (span span, list value[]);
CREATE TABLE k (k kind DEFAULT 'a', n int);
CREATE VIEW kv AS SELECT k FROM k;
INSERT INTO k VALUES ('a', 1);
CREATE FUNCTION normal_rand(n int, a float8, b float8) RETURNS SETOF float8 LANGUAGE sql AS 'SELECT 1::float8';
CREATE VIEW rands AS SELECT x FROM normal_rand(1, 2, 3) x;
-- then
CREATE VIEW foo AS SELECT 1 AS a, 2 AS b;
CREATE VIEW v AS SELECT a FROM foo WHERE a > 1;
CREATE VIEW middle AS SELECT a FROM foo;
CREATE VIEW far AS SELECT a FROM middle;
CREATE FUNCTION fn(int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 1::bigint';
CREATE TABLE t (a int, CHECK (fn(a) > 0), d int DEFAULT fn(2));
CREATE POLICY p ON t USING (fn(a) > 2);
CREATE VIEW w AS SELECT 1 AS x, fn(2) AS y;
CREATE TYPE value AS ENUM ('p', 'q');
CREATE TYPE span AS RANGE (SUBTYPE = value);
CREATE TABLE spans (span span, list value[]);
CREATE DOMAIN kind AS text CHECK (VALUE IN ('a', 'b'));
CREATE TABLE k (k kind DEFAULT 'b', n int);
CREATE VIEW kv AS SELECT k FROM k WHERE n > 1;
CREATE EXTENSION tablefunc;
CREATE VIEW rands AS SELECT x FROM normal_rand(2, 3, 4) x;
-- rows
SELECT k FROM k;
-- there
a
-- back
a

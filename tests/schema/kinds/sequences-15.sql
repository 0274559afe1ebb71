-- needs 15
-- The sequence of a table that becomes unlogged stays unchanged.  A function that uses a row is
-- created again when a column of the row gets another type.
CREATE TABLE counted (id int DEFAULT 1, b int);
CREATE SEQUENCE counts OWNED BY counted.id;
CREATE TABLE rows (a int, b int);
CREATE FUNCTION row_text(r rows) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT r::text; END;
CREATE TYPE pair AS (a int, b text);
CREATE FUNCTION no_pair() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT NULL::pair::text; END;
-- then
CREATE UNLOGGED TABLE counted (id int DEFAULT 1, b int);
CREATE SEQUENCE counts OWNED BY counted.id;
CREATE TABLE rows (a bigint, b int);
CREATE FUNCTION row_text(r rows) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT r::text; END;
CREATE TYPE pair AS (a bigint, b text);
CREATE FUNCTION no_pair() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT NULL::pair::text; END;

-- Objects that are dropped with an extension, although they are not members of it.
CREATE TABLE t (id int, n int);
CREATE INDEX t_n ON t (n);
CREATE FUNCTION kept() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION later() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t_gone BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION gone();
CREATE MATERIALIZED VIEW ids AS SELECT id FROM t;
ALTER FUNCTION kept() DEPENDS ON EXTENSION plpgsql;
ALTER TRIGGER t_gone ON t DEPENDS ON EXTENSION plpgsql;
ALTER MATERIALIZED VIEW ids DEPENDS ON EXTENSION plpgsql;
-- PostgreSQL rebuilds the indexes of a column that gets another type.
CREATE TABLE typed (n int CONSTRAINT key_n UNIQUE, b text);
CREATE TABLE heir () INHERITS (typed);
CREATE INDEX heir_n ON heir (n);
ALTER INDEX key_n DEPENDS ON EXTENSION plpgsql;
ALTER INDEX heir_n DEPENDS ON EXTENSION plpgsql;
-- then
CREATE TABLE t (id int, n int);
CREATE INDEX t_n ON t (n);
CREATE FUNCTION kept() RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION later() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE MATERIALIZED VIEW ids AS SELECT id FROM t;
CREATE PROCEDURE "A new" (a int) LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION kept() DEPENDS ON EXTENSION plpgsql;
ALTER FUNCTION later() DEPENDS ON EXTENSION plpgsql;
ALTER PROCEDURE "A new"(int) DEPENDS ON EXTENSION plpgsql;
ALTER INDEX t_n DEPENDS ON EXTENSION plpgsql;
-- PostgreSQL rebuilds the indexes of a column that gets another type.
CREATE TABLE typed (n bigint CONSTRAINT key_n UNIQUE, b text);
CREATE TABLE heir () INHERITS (typed);
CREATE INDEX heir_n ON heir (n);
ALTER INDEX key_n DEPENDS ON EXTENSION plpgsql;
ALTER INDEX heir_n DEPENDS ON EXTENSION plpgsql;

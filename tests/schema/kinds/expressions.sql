-- Expressions that PostgreSQL prints otherwise once it has read them back: pg_dump must print them as before.
CREATE TABLE t (a int, b int, s varchar(9), u varchar, CONSTRAINT stays CHECK (a BETWEEN 1 AND 9 AND s IN ('a', 'b')));
-- then
CREATE TABLE t (a int, b int, s varchar(9), u varchar, CONSTRAINT stays CHECK (a BETWEEN 1 AND 9 AND s IN ('a', 'b')),
    CHECK (a NOT BETWEEN 2 AND 3 OR b = 2), CHECK (b BETWEEN 1 AND 2 AND u IN ('x)', 'it''s', '"%')),
    CHECK (s BETWEEN ') AND (' AND 'z' AND b BETWEEN -1 AND a + 2 AND u <> '(('),
    CHECK (((a >= 1) >= true) AND ((b <= 1) <= true) AND u IS NULL),
    CHECK (a BETWEEN SYMMETRIC 9 AND 1 AND b = 1), CHECK ((a BETWEEN 1 AND 9 AND (b BETWEEN 1 AND 2 AND a = b)) IS TRUE));
CREATE INDEX i ON t (a) WHERE s IN (chr(39) || ',', substr('ab', 1)) AND a = 1;
CREATE VIEW v AS SELECT CASE WHEN s IN ('a', 'b') THEN 1 END BETWEEN 1 AND 2 AND a = 1 AS x FROM t
 WHERE (a BETWEEN 1 AND 2 OR b BETWEEN 3 AND 4) AND s NOT IN ('a', 'b');
CREATE POLICY p ON t USING (a BETWEEN 1 AND 2 AND b = 1) WITH CHECK (s IN ('a', 'b') AND length(s) BETWEEN 1 AND 2 AND a = 1);
CREATE DOMAIN d AS varchar CHECK (length(VALUE) BETWEEN 1 AND 2 AND VALUE IN ('a', 'b'));
CREATE RULE r AS ON UPDATE TO t WHERE NEW.a BETWEEN 1 AND 2 AND NEW.s IN ('a', 'b') DO NOTHING;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW WHEN (OLD.a BETWEEN 1 AND 2 AND NEW.s IN ('a', 'b')) EXECUTE FUNCTION f();

-- needs 14
CREATE TABLE t (a int, b int, c text);
CREATE STATISTICS kept (ndistinct) ON a, b FROM t;
CREATE STATISTICS changed ON a, b FROM t;
ALTER STATISTICS kept SET STATISTICS 50;
-- then
CREATE TABLE t (a int, b int, c text);
CREATE STATISTICS kept (ndistinct) ON a, b FROM t;
COMMENT ON STATISTICS kept IS 'kept';
CREATE STATISTICS changed ON a, (b + 1), (lower(c)) FROM t;
ALTER STATISTICS changed OWNER TO CURRENT_USER;
CREATE SCHEMA s;
CREATE STATISTICS s.single ON (a + b) FROM t;
ALTER STATISTICS s.single SET STATISTICS 7;

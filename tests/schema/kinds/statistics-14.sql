-- needs 14
CREATE TABLE t (a int, b int, c text);
CREATE STATISTICS kept (ndistinct) ON a, b FROM t;
CREATE STATISTICS changed ON a, b FROM t;
ALTER STATISTICS kept SET STATISTICS 50;
-- The type of a column changes that statistics with a target and an owner use.
CREATE TABLE numbers (a int, b int);
CREATE STATISTICS of_numbers ON a, b FROM numbers;
ALTER STATISTICS of_numbers SET STATISTICS 30;
ALTER STATISTICS of_numbers OWNER TO kinds_a;
-- then
CREATE TABLE t (a int, b int, c text);
CREATE STATISTICS kept (ndistinct) ON a, b FROM t;
COMMENT ON STATISTICS kept IS 'kept';
CREATE STATISTICS changed ON a, (b + 1), (lower(c)) FROM t;
ALTER STATISTICS changed OWNER TO CURRENT_USER;
CREATE SCHEMA s;
CREATE STATISTICS s.single ON (a + b) FROM t;
ALTER STATISTICS s.single SET STATISTICS 7;
CREATE TABLE numbers (a bigint, b int);
CREATE STATISTICS of_numbers ON a, b FROM numbers;
ALTER STATISTICS of_numbers SET STATISTICS 30;
ALTER STATISTICS of_numbers OWNER TO kinds_a;

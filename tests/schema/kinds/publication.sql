CREATE TABLE t (a int PRIMARY KEY, b int, c int);
CREATE TABLE u (a int PRIMARY KEY);
CREATE TABLE gone (a int PRIMARY KEY);
CREATE PUBLICATION p FOR TABLE t, u, gone;
CREATE PUBLICATION everything FOR ALL TABLES;
COMMENT ON PUBLICATION p IS 'some';
CREATE PUBLICATION dropped FOR TABLE u;
-- then
CREATE TABLE t (a bigint PRIMARY KEY, b int, c int);
CREATE TABLE u (a int PRIMARY KEY);
CREATE TABLE n (a int PRIMARY KEY);
CREATE PUBLICATION p FOR TABLE t, n WITH (publish = 'insert, truncate', publish_via_partition_root);
CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'delete');
CREATE PUBLICATION made FOR TABLE u;


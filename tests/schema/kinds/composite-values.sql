-- Attributes change their order, are added, are dropped or get another type: each value stays with
-- its name.
CREATE TYPE pair AS (a int, b int);
CREATE TYPE grown AS (a int, c text);
CREATE TYPE shrunk AS (a int, b int, c text);
CREATE TYPE typed AS (n int, t text, "at day" timestamp, p point);
CREATE TYPE outer_one AS (p pair, note text);
CREATE TYPE plain AS (a int, b int);
CREATE TYPE listed AS (a int);
CREATE DOMAIN pairs AS pair CHECK ((VALUE).a > 0);
CREATE TYPE first_type AS (x int, y text);
CREATE TYPE second_type AS (y text, x int);
CREATE TABLE t (id int PRIMARY KEY, v pair, "W x" grown, s shrunk, y typed, o outer_one, d pairs, m plain, l listed[], k first_type);
CREATE VIEW seen AS SELECT (v).a, (o).p FROM t;
CREATE TABLE heirs (extra int) INHERITS (t);
INSERT INTO t VALUES (1, '(1,2)', '(1,x)', '(1,2,x)', '(1,7,"2024-01-02 03:04:05","(1,2)")', '("(1,2)",x)', '(1,2)', '(1,2)', '{(1)}', '(1,x)'),
    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (3, '(,)', '(,)', '(,,)', '(,,,)', '(,)', '(1,)', '(,)', '{NULL,(1)}', '(,)'), (4, '(,2)', NULL, NULL, NULL, '("(1,)",)', NULL, NULL, NULL, NULL);
INSERT INTO heirs VALUES (5, '(1,2)', '(1,x)', NULL, NULL, '("(1,2)",x)', '(1,2)', NULL, NULL, '(1,x)');
-- then
CREATE TYPE pair AS (b int, a int);
CREATE TYPE grown AS (a int, b date, c text);
CREATE TYPE shrunk AS (c text, a int);
CREATE TYPE typed AS (t int, n bigint, "at day" date, p text);
CREATE TYPE outer_one AS (p pair, note text);
CREATE TYPE plain AS (a bigint, b int);
CREATE TYPE listed AS (a bigint);
CREATE DOMAIN pairs AS pair CHECK ((VALUE).a > 0);
CREATE TYPE first_type AS (x int, y text);
CREATE TYPE second_type AS (y text, x int);
CREATE TABLE t (id int PRIMARY KEY, v pair, "W x" grown, s shrunk, y typed, o outer_one, d pairs, m plain, l listed[], k second_type);
CREATE VIEW seen AS SELECT (v).a, (o).p FROM t;
CREATE TABLE heirs (extra int) INHERITS (t);
-- rows
SELECT id, v, "W x", s, y, o, d, m, l, k FROM t ORDER BY id;
-- there
1|(2,1)|(1,,x)|(x,1)|(7,1,2024-01-02,"(1,2)")|("(2,1)",x)|(2,1)|(1,2)|{(1)}|(x,1)
2|||||||||
3|(,)|(,,)|(,)|(,,,)|(,)|(,1)|(,)|{NULL,(1)}|(,)
4|(2,)||||("(,1)",)||||
5|(2,1)|(1,,x)|||("(2,1)",x)|(2,1)|||(x,1)
-- back
1|(1,2)|(1,x)|(1,,x)|(1,7,"2024-01-02 00:00:00","(1,2)")|("(1,2)",x)|(1,2)|(1,2)|{(1)}|(1,x)
2|||||||||
3|(,)|(,)|(,,)|(,,,)|(,)|(1,)|(,)|{NULL,(1)}|(,)
4|(,2)||||("(1,)",)||||
5|(1,2)|(1,x)|||("(1,2)",x)|(1,2)|||(1,x)

-- One that is filled is read through a view by another one, which is new.
CREATE MATERIALIZED VIEW source AS SELECT 1 AS a WITH NO DATA;
CREATE VIEW between_them AS SELECT a FROM source;
CREATE VIEW again AS SELECT a FROM between_them;
CREATE MATERIALIZED VIEW "A reader" AS SELECT a FROM again WITH NO DATA;
CREATE MATERIALIZED VIEW emptied AS SELECT 2 AS a;
-- Options of columns, and of the table for long values.
CREATE MATERIALIZED VIEW options AS SELECT 1 AS a, 'x' AS b WITH NO DATA;
ALTER MATERIALIZED VIEW options ALTER COLUMN a SET (n_distinct = 5, n_distinct_inherited = 4);
ALTER MATERIALIZED VIEW options SET (toast.autovacuum_enabled = false);
-- then
CREATE MATERIALIZED VIEW options AS SELECT 1 AS a, 'x' AS b WITH NO DATA;
ALTER MATERIALIZED VIEW options ALTER COLUMN a SET (n_distinct = 6);
ALTER MATERIALIZED VIEW options ALTER COLUMN b SET (n_distinct = -0.5);
CREATE MATERIALIZED VIEW new_options WITH (toast.autovacuum_vacuum_threshold = 7) AS SELECT 'x' AS b WITH NO DATA;
ALTER MATERIALIZED VIEW new_options ALTER COLUMN b SET (n_distinct = 5);
CREATE MATERIALIZED VIEW source AS SELECT 1 AS a;
CREATE VIEW between_them AS SELECT a FROM source;
CREATE VIEW again AS SELECT a FROM between_them;
CREATE MATERIALIZED VIEW "A reader" AS SELECT a FROM again;
CREATE MATERIALIZED VIEW "A new one" AS SELECT a FROM again;
CREATE MATERIALIZED VIEW emptied AS SELECT 2 AS a WITH NO DATA;
-- rows
SELECT relname, relispopulated FROM pg_class WHERE relkind = 'm' ORDER BY relname;
-- there
A new one|t
A reader|t
emptied|f
new_options|f
options|f
source|t
-- back
A reader|f
emptied|t
options|f
source|f

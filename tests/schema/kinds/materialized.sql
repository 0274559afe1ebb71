-- One that is filled is read through a view by another one, which is new.
CREATE MATERIALIZED VIEW source AS SELECT 1 AS a WITH NO DATA;
CREATE VIEW between_them AS SELECT a FROM source;
CREATE VIEW again AS SELECT a FROM between_them;
CREATE MATERIALIZED VIEW "A reader" AS SELECT a FROM again WITH NO DATA;
CREATE MATERIALIZED VIEW emptied AS SELECT 2 AS a;
-- then
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
source|t
-- back
A reader|f
emptied|t
source|f

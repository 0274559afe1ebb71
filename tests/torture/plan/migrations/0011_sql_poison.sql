SELECT pg_catalog.set_config('search_path', '', false);
SET standard_conforming_strings = on;
SET statement_timeout = '3s';
SET ROLE torture_clerk;
INSERT INTO app.effect VALUES ('0011_sql_poison', 5);

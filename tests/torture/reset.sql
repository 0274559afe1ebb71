-- reset.sql -- a database in which the plan was never run.
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS moonbird, app CASCADE;
CREATE SCHEMA app;
CREATE TABLE app.effect (step text NOT NULL, n int NOT NULL);
GRANT USAGE ON SCHEMA app TO torture_clerk;
GRANT INSERT ON app.effect TO torture_clerk;

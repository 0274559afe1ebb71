-- PL/pgSQL looks up the types of variables and of the arguments of cursors with the search_path of the session.
CREATE SCHEMA app;
SET search_path = app;
CREATE TABLE users (id int, name text);
CREATE TYPE state AS ENUM ('on', 'off');
CREATE FUNCTION first_user() RETURNS users LANGUAGE plpgsql AS $$
DECLARE
    n int := 1; -- state
    found CONSTANT "state" := 'on';
    u users;
BEGIN
    SELECT * INTO u FROM users LIMIT n;
    RETURN u;
END $$;
-- then
CREATE SCHEMA app;
SET search_path = app;
CREATE TABLE users (id int, name text);
CREATE TYPE state AS ENUM ('on', 'off');
CREATE VIEW active AS SELECT id FROM users;
CREATE FUNCTION first_user() RETURNS active LANGUAGE plpgsql AS $$
<<main>>
DECLARE
    u /* the first */ active;
BEGIN
    DECLARE
        s CONSTANT state[] := '{on}';
    BEGIN
        SELECT * INTO u FROM active LIMIT 1;
    END;
    RETURN u;
END $$;
CREATE PROCEDURE later() LANGUAGE plpgsql AS $$
DECLARE a state;
BEGIN
END $$;
CREATE PROCEDURE walk() LANGUAGE plpgsql AS $$
DECLARE c CURSOR (one state) FOR SELECT one;
BEGIN
END $$;

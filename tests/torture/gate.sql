-- gate.sql -- a migration waits where a test wants it to.
--
-- Whoever inserts the row of app.effect that app.gate names waits until app.gate is empty.  With
-- `unlocks` the statement releases the advisory locks of its session first.
SET client_min_messages = warning;
CREATE TABLE app.gate (step text NOT NULL, n int NOT NULL, unlocks boolean NOT NULL);
CREATE FUNCTION app.wait_at_gate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
    IF EXISTS (SELECT FROM app.gate g WHERE g.step = new.step AND g.n = new.n AND g.unlocks) THEN
        PERFORM pg_advisory_unlock_all();
    END IF;
    WHILE EXISTS (SELECT FROM app.gate g WHERE g.step = new.step AND g.n = new.n) LOOP
        PERFORM pg_sleep(0.02);
    END LOOP;
    RETURN new;
END $$;
CREATE TRIGGER gate BEFORE INSERT ON app.effect FOR EACH ROW EXECUTE FUNCTION app.wait_at_gate();

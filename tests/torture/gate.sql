-- gate.sql -- a migration waits where a test wants it to.
--
-- A session that inserts the row of app.effect that app.gate names waits until app.opened was
-- called: a sequence, which transactions of every isolation level see as it is.  With `unlocks` the
-- statement first releases the advisory locks of its session.
SET client_min_messages = warning;
CREATE TABLE app.gate (step text NOT NULL, n int NOT NULL, unlocks boolean NOT NULL);
CREATE SEQUENCE app.opened;
CREATE FUNCTION app.wait_at_gate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
    gate app.gate;
BEGIN
    SELECT * INTO gate FROM app.gate g WHERE g.step = new.step AND g.n = new.n;
    IF gate.unlocks THEN
        PERFORM pg_advisory_unlock_all();
    END IF;
    WHILE gate.step IS NOT NULL AND NOT (SELECT is_called FROM app.opened) LOOP
        PERFORM pg_sleep(0.02);
    END LOOP;
    RETURN new;
END $$;
CREATE TRIGGER gate BEFORE INSERT ON app.effect FOR EACH ROW EXECUTE FUNCTION app.wait_at_gate();

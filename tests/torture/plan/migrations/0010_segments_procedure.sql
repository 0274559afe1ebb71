CREATE PROCEDURE app.mark() LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.effect SELECT '0010_segments_procedure', 2
     WHERE NOT EXISTS (SELECT FROM app.effect WHERE step = '0010_segments_procedure' AND n = 2);
    COMMIT;
END
$$;
CALL app.mark();
INSERT INTO app.effect VALUES ('0010_segments_procedure', 3);

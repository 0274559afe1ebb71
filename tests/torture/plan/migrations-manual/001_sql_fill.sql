INSERT INTO app.effect VALUES ('001_sql_fill', 1);
SELECT step, n FROM app.effect ORDER BY step, n LIMIT 5;

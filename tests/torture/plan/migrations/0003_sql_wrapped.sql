BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO app.effect VALUES ('0003_sql_wrapped', 2);
SAVEPOINT here;
INSERT INTO app.effect VALUES ('0003_sql_wrapped', -1);
ROLLBACK TO here;
INSERT INTO app.effect VALUES ('0003_sql_wrapped', 6);
COMMIT;

INSERT INTO app.effect VALUES ('index', 1);
CREATE INDEX CONCURRENTLY big_t ON app.big (t) TABLESPACE tiny;
INSERT INTO app.effect VALUES ('index', 3);

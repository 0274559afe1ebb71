INSERT INTO app.effect VALUES ('rows', 2);
CREATE TABLE app.big (t text) TABLESPACE tiny;
INSERT INTO app.big SELECT md5(i::text) FROM generate_series(1, 150000) i;

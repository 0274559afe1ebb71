CREATE TABLE app.users (id int PRIMARY KEY, email text NOT NULL, kind text);
CREATE INDEX users_kind ON app.users (kind);
CREATE INDEX users_again ON app.users (kind);
CREATE TABLE app.log (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE app.log_2020 PARTITION OF app.log FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
INSERT INTO app.effect VALUES ('0001_sql_tables', 6);
INSERT INTO app.users SELECT i, 'User' || i || '@Example.org' FROM generate_series(1, 300) i;
INSERT INTO app.effect VALUES ('0001_sql_tables', 8);

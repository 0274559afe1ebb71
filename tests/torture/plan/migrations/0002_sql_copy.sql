COPY app.effect FROM stdin;
0002_sql_copy	1
0002_sql_copy	2
\.
INSERT INTO app.effect VALUES ('0002_sql_copy', 3);

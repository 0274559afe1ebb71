CREATE TABLE two (i int);
INSERT INTO two VALUES (1), (2), (3);

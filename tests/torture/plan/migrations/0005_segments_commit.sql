INSERT INTO app.effect VALUES ('0005_segments_commit', 1);
INSERT INTO app.effect VALUES ('0005_segments_commit', 2);
COMMIT;
INSERT INTO app.effect VALUES ('0005_segments_commit', 4);
INSERT INTO app.effect VALUES ('0005_segments_commit', 5);

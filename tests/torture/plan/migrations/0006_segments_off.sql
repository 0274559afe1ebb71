-- moonbird: transaction=off
INSERT INTO app.effect VALUES ('0006_segments_off', 1);
INSERT INTO app.effect VALUES ('0006_segments_off', 2);
INSERT INTO app.effect VALUES ('0006_segments_off', 3);

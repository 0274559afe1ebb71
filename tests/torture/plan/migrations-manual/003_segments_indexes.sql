INSERT INTO app.effect VALUES ('003_segments_indexes', 1);
CREATE INDEX CONCURRENTLY moods_mood ON app.moods (mood);
INSERT INTO app.effect VALUES ('003_segments_indexes', 3);

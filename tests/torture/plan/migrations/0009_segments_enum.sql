CREATE TYPE app.mood AS ENUM ('calm');
ALTER TYPE app.mood ADD VALUE 'wild';
CREATE TABLE app.moods (mood app.mood NOT NULL DEFAULT 'wild');
INSERT INTO app.effect VALUES ('0009_segments_enum', 4);

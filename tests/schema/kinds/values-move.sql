-- An enum loses a value and changes its order: all that holds its values moves to the new one.
CREATE TYPE mood AS ENUM ('glad', 'sad', 'mad');
CREATE DOMAIN moods AS mood[] CHECK (cardinality(VALUE) < 9);
CREATE TABLE days (id int, mood mood DEFAULT 'glad', "All" mood[], m moods, note text DEFAULT '7',
    CHECK (mood <> 'mad'), code varchar(20), amount int, at timestamp);
INSERT INTO days VALUES (1, 'sad', '{glad,sad}', '{sad}', '12', '5', 1, '2024-01-01');
CREATE INDEX sad_days ON days (id) WHERE mood = 'sad';
CREATE VIEW sad AS SELECT * FROM days WHERE mood = 'sad';
CREATE FUNCTION cheer(m mood) RETURNS mood LANGUAGE sql AS 'SELECT m';
CREATE TABLE codes (code varchar(20) PRIMARY KEY);
CREATE TABLE uses (code varchar(20) REFERENCES codes);
CREATE TYPE grown AS ENUM ('a');
CREATE TABLE growing (g grown);
-- then
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE DOMAIN moods AS mood[] CHECK (cardinality(VALUE) < 9);
CREATE TABLE days (id bigint, mood mood DEFAULT 'sad', "All" mood[], m moods, note int DEFAULT 7,
    CHECK (mood <> 'glad'), code text, amount numeric(10,2), at date);
CREATE INDEX sad_days ON days (id) WHERE mood = 'sad';
CREATE VIEW sad AS SELECT * FROM days WHERE mood = 'sad';
CREATE FUNCTION cheer(m mood) RETURNS mood LANGUAGE sql AS 'SELECT m';
CREATE TABLE codes (code uuid PRIMARY KEY);
CREATE TABLE uses (code uuid REFERENCES codes);
CREATE TYPE grown AS ENUM ('new', 'a', 'b');
CREATE TABLE growing (g grown DEFAULT 'new', CHECK (g < 'b'));

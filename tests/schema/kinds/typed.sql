-- Tables of composite types that are altered, created again or changed for others; a table becomes one of a type, and
-- another one ceases to be. The rollback adds an attribute between two others, so it creates the type and its table again.
CREATE TYPE grows AS (a int, b text);
CREATE TYPE shrinks AS (a int, b text, c date);
CREATE TYPE mood AS ENUM ('ok', 'bad');
CREATE TYPE again AS (id int, mood mood);
CREATE TYPE other AS (a int, b text);
CREATE TABLE of_grows OF grows (PRIMARY KEY (a));
CREATE TABLE of_shrinks OF shrinks (b WITH OPTIONS DEFAULT 'x');
CREATE TABLE of_again OF again;
CREATE TABLE becomes (id bigint, mood text, note text);
CREATE TABLE ceases OF grows;
CREATE TABLE has_another OF grows;
CREATE TABLE loses_parent (a int, b text);
CREATE TABLE has_no_parent (a int, b text) INHERITS (loses_parent);
CREATE TABLE gets_parent OF other;
CREATE INDEX of_again_id ON of_again (id);
CREATE VIEW moods AS SELECT mood FROM of_again;
INSERT INTO of_grows VALUES (1, 'kept');
INSERT INTO of_shrinks VALUES (2, 'kept', '2024-01-02');
INSERT INTO of_again VALUES (3, 'ok');
INSERT INTO becomes VALUES (4, 'ok', 'gone');
-- then
CREATE TYPE grows AS (a bigint, b text, c int[]);
CREATE TYPE shrinks AS (a int, c date);
CREATE TYPE mood AS ENUM ('fine', 'ok');
CREATE TYPE again AS (id int, mood mood);
CREATE TYPE other AS (a int, b text);
CREATE TABLE of_grows OF grows (PRIMARY KEY (a));
CREATE TABLE of_shrinks OF shrinks;
CREATE TABLE of_again OF again;
CREATE TABLE becomes OF again;
CREATE TABLE ceases (a int, b text);
CREATE TABLE has_another OF other;
CREATE TABLE loses_parent (a int, b text);
CREATE TABLE has_no_parent OF other;
CREATE TABLE gets_parent (a int, b text) INHERITS (loses_parent);
CREATE INDEX of_again_id ON of_again (id);
CREATE VIEW moods AS SELECT mood FROM of_again;
-- rows
SELECT to_jsonb(x) FROM (SELECT to_jsonb(g) FROM of_grows g UNION ALL SELECT to_jsonb(s) FROM of_shrinks s
  UNION ALL SELECT to_jsonb(a) FROM of_again a UNION ALL SELECT to_jsonb(b) FROM becomes b) x (v) ORDER BY v;
-- there
{"v": {"a": 2, "c": "2024-01-02"}}
{"v": {"id": 3, "mood": "ok"}}
{"v": {"id": 4, "mood": "ok"}}
{"v": {"a": 1, "b": "kept", "c": null}}
-- back
{"v": {"a": 1, "b": "kept"}}
{"v": {"id": 3, "mood": "ok"}}
{"v": {"id": 4, "mood": "ok", "note": null}}

-- needs 18
CREATE TABLE t (a int NOT NULL, b int CONSTRAINT b_is NOT NULL, c int, d int, v int GENERATED ALWAYS AS (a * 2) VIRTUAL);
ALTER TABLE t ADD CONSTRAINT c_later NOT NULL c NOT VALID;
ALTER TABLE t ADD CONSTRAINT d_own NOT NULL d NO INHERIT;
CREATE EXTENSION btree_gist;
CREATE TABLE booking (room int, during tstzrange);
CREATE TABLE pg (a int PRIMARY KEY);
CREATE PUBLICATION p FOR TABLE pg WITH (publish_generated_columns = stored);
CREATE TABLE parent (a int NOT NULL, b int);
CREATE TABLE child (c int) INHERITS (parent);
GRANT MAINTAIN ON t TO kinds_a;
CREATE DOMAIN dom AS int CONSTRAINT dom_there NOT NULL;
CREATE TABLE named (a int);
CREATE TABLE days (day date NOT NULL, n int NOT NULL) PARTITION BY LIST (day);
CREATE TABLE days_1 PARTITION OF days DEFAULT;
CREATE TABLE again (day date, n int NOT NULL) PARTITION BY LIST (day);
CREATE TABLE again_1 PARTITION OF again DEFAULT;
CREATE TYPE shell;
GRANT USAGE ON TYPE shell TO kinds_a;
CREATE TABLE e_to (id int PRIMARY KEY);
CREATE TABLE e_from (x int CONSTRAINT x_less CHECK (x < 9), y int CONSTRAINT y_is CHECK (y > 0) NOT ENFORCED,
  CONSTRAINT x_key FOREIGN KEY (x) REFERENCES e_to, CONSTRAINT y_key FOREIGN KEY (y) REFERENCES e_to NOT ENFORCED);
-- then
CREATE TABLE t (a int CONSTRAINT a_is NOT NULL, b int NOT NULL, c int, d int, v int GENERATED ALWAYS AS (a * 3) VIRTUAL,
  e int, f int CONSTRAINT f_is NOT NULL NO INHERIT, w int GENERATED ALWAYS AS (a + 1) VIRTUAL);
ALTER TABLE t ADD CONSTRAINT c_later NOT NULL c;
ALTER TABLE t ADD CONSTRAINT d_own NOT NULL d;
ALTER TABLE t ADD CONSTRAINT e_later NOT NULL e NOT VALID;
CREATE EXTENSION btree_gist;
CREATE TABLE booking (room int, during tstzrange, PRIMARY KEY (room, during WITHOUT OVERLAPS));
CREATE TABLE stay (room int, during tstzrange, FOREIGN KEY (room, PERIOD during) REFERENCES booking (room, PERIOD during));
ALTER TABLE stay ADD CONSTRAINT room_is CHECK (room > 0) NOT ENFORCED;
CREATE TABLE pg (a int PRIMARY KEY);
CREATE PUBLICATION p FOR TABLE pg;
CREATE TABLE parent (a int NOT NULL, b int NOT NULL);
CREATE TABLE child (c int) INHERITS (parent);
CREATE TABLE part (a int NOT NULL, b int) PARTITION BY LIST (a);
CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1);
CREATE TABLE days (day date NOT NULL, n int NOT NULL) PARTITION BY LIST (day);
CREATE TABLE days_1 (day date NOT NULL, n int NOT NULL);
CREATE COLLATION builtin (provider = builtin, locale = 'C.UTF-8');
REVOKE MAINTAIN ON t FROM CURRENT_USER;
CREATE DOMAIN dom AS int NOT NULL;
-- Names that PostgreSQL does not choose, because another constraint has them.
CREATE TABLE z_measures (day date, v int NOT NULL) PARTITION BY LIST (day);
CREATE TABLE a_measures PARTITION OF z_measures DEFAULT;
CREATE DOMAIN dom2 AS int NOT NULL;
CREATE TABLE named2 (a int NOT NULL);
CREATE TABLE named (a int NOT NULL);
CREATE TABLE a_taken (a int CONSTRAINT named_a_not_null NOT NULL, b int CONSTRAINT named2_a_not_null CHECK (b > 0),
  c int CONSTRAINT dom2_not_null NOT NULL);
-- The parent of a partition that stays is created again.
CREATE TABLE again (day text, n int NOT NULL) PARTITION BY LIST (day);
CREATE TABLE again_1 PARTITION OF again DEFAULT;
-- A type without a definition can have privileges.
CREATE TYPE shell;
GRANT USAGE ON TYPE shell TO kinds_b WITH GRANT OPTION;
CREATE TYPE shell_2;
REVOKE USAGE ON TYPE shell_2 FROM PUBLIC;
CREATE TABLE e_to (id int PRIMARY KEY);
CREATE TABLE e_from (x int CONSTRAINT x_less CHECK (x < 9) NOT ENFORCED, y int CONSTRAINT y_is CHECK (y > 0),
  CONSTRAINT x_key FOREIGN KEY (x) REFERENCES e_to NOT ENFORCED, CONSTRAINT y_key FOREIGN KEY (y) REFERENCES e_to,
  CONSTRAINT xy CHECK (x > y) NOT ENFORCED, CONSTRAINT other FOREIGN KEY (x) REFERENCES e_to (id) ON DELETE CASCADE NOT ENFORCED);

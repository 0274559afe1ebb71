-- Sequences go to other tables or stay, while their tables get other owners: ALTER TABLE OWNER TO also changes the owner of a
-- sequence of the table.
CREATE TABLE a (id int, n int);
CREATE TABLE b (id int);
CREATE SEQUENCE moves OWNED BY a.id;
CREATE SEQUENCE stays OWNED BY a.n;
CREATE SEQUENCE leaves OWNED BY a.id;
CREATE SEQUENCE changes OWNED BY a.id;
ALTER TABLE a OWNER TO kinds_a;
ALTER TABLE b OWNER TO kinds_b;
-- then
CREATE TABLE a (id int, n int);
CREATE TABLE b (id int);
CREATE SEQUENCE moves OWNED BY b.id;
CREATE SEQUENCE stays OWNED BY a.n;
CREATE SEQUENCE leaves;
CREATE SEQUENCE changes OWNED BY a.n;
CREATE SEQUENCE new OWNED BY b.id;
ALTER TABLE a OWNER TO kinds_b;
ALTER TABLE b OWNER TO kinds_a;
ALTER SEQUENCE leaves OWNER TO kinds_a;

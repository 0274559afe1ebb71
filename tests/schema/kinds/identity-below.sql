-- The defaults of a table below a new identity column of its parent.
CREATE TABLE p (k int);
CREATE TABLE c (id int NOT NULL DEFAULT 5) INHERITS (p);
CREATE TABLE d () INHERITS (p);
CREATE TABLE e () INHERITS (d, c);
CREATE TABLE f (id int NOT NULL DEFAULT 6, own int) INHERITS (d);
CREATE TABLE comes (k int, id int NOT NULL DEFAULT 9);
INSERT INTO p VALUES (1);
INSERT INTO d VALUES (1);
CREATE TABLE conv (n text);
CREATE TABLE conv_below () INHERITS (conv);
ALTER TABLE conv_below ALTER n SET DEFAULT '5';
-- Tables that have no such column before.
CREATE TABLE other_p (k int);
CREATE TABLE other_c () INHERITS (other_p);
-- then
CREATE TABLE p (k int, id int GENERATED ALWAYS AS IDENTITY);
CREATE TABLE c (id int NOT NULL DEFAULT 5) INHERITS (p);
CREATE TABLE d () INHERITS (p);
CREATE TABLE e () INHERITS (d, c);
CREATE TABLE f (id int NOT NULL DEFAULT 6, own int) INHERITS (d);
CREATE TABLE comes (k int, id int NOT NULL DEFAULT 9) INHERITS (p);
CREATE TABLE conv (n int);
CREATE TABLE conv_below () INHERITS (conv);
ALTER TABLE conv_below ALTER n SET DEFAULT '5';
CREATE TABLE other_p (k int, id int GENERATED ALWAYS AS IDENTITY);
CREATE TABLE other_c (id int NOT NULL DEFAULT 5) INHERITS (other_p);

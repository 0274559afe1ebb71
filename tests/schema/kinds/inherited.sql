CREATE TABLE base (id int NOT NULL, n int DEFAULT 1, gone text, CONSTRAINT positive CHECK (n > 0));
CREATE TABLE leaf (own int) INHERITS (base);
CREATE TABLE single (id int NOT NULL, n int, gone text);
CREATE VIEW all_of_base AS SELECT id FROM base;
CREATE TABLE "old parent" (a int, b text);
CREATE TABLE moves (c int) INHERITS ("old parent");
-- then
CREATE TABLE base (id bigint, n int DEFAULT 2, more text DEFAULT 'x', CONSTRAINT positive CHECK (n > 0));
CREATE TABLE leaf (own int) INHERITS (base);
CREATE TABLE single (id bigint NOT NULL, n int, more text, CONSTRAINT positive CHECK (n > 0));
ALTER TABLE single INHERIT base;
CREATE TABLE another (n int DEFAULT 5) INHERITS (base);
CREATE VIEW all_of_base AS SELECT id FROM base;
CREATE TABLE "new parent" (b text, a int);
CREATE TABLE moves (c int) INHERITS ("new parent");

-- needs 15
-- Parentheses, quotes and words of SQL in the names of tables, columns and indexes.
CREATE TABLE "(x)" ("o'c(" date, "a)" int, "w WHERE (" text) PARTITION BY RANGE ("o'c(");
CREATE TABLE "p )'" PARTITION OF "(x)" FOR VALUES FROM ('2024-03-01') TO ('2025-01-01');
ALTER TABLE "(x)" ADD CONSTRAINT "u(" UNIQUE ("o'c(") INCLUDE ("a)") WITH (fillfactor = 70) DEFERRABLE;
CREATE INDEX "a1 ON (" ON "(x)" USING hash ("o'c(");
CREATE INDEX "a2(" ON "(x)" USING hash ("a)");
CREATE INDEX "a3 WHERE (" ON "p )'" ("w WHERE (") WITH (fillfactor = 70);
CREATE INDEX "a4 WHERE (" ON "p )'" ("w WHERE (") WITH (fillfactor = 70) WHERE "a)" > 1 AND "w WHERE (" = ' WHERE (';
CREATE TABLE n ("o'c(" date, "a)" int, CONSTRAINT "u (" UNIQUE NULLS NOT DISTINCT ("o'c(") INCLUDE ("a)"), CONSTRAINT "p(" PRIMARY KEY ("a)") WITH (fillfactor = 70));
-- then
CREATE TABLE n ("o'c(" date, "a)" int);

CREATE TABLE people (id int PRIMARY KEY);
CREATE TABLE orders (id int NOT NULL, day date NOT NULL, who int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE orders_2 PARTITION OF orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE orders ADD CONSTRAINT who FOREIGN KEY (who) REFERENCES people;
CREATE INDEX orders_who ON orders (who);
CREATE TABLE lines (order_id int, day date, FOREIGN KEY (order_id, day) REFERENCES orders);
CREATE TABLE cut (a int, b int) PARTITION BY LIST (a);
CREATE TABLE cut_1 PARTITION OF cut FOR VALUES IN (1);
CREATE INDEX cut_b ON cut (b);
-- A partition comes to a table with a unique constraint, which gets a primary key of the same column.
CREATE TABLE twins (id bigint CONSTRAINT twins_once UNIQUE) PARTITION BY RANGE (id);
-- The type of a column changes whose index has a comment, in the partitioned table alone.
CREATE TABLE noted (id int, what int) PARTITION BY RANGE (id);
CREATE TABLE noted_1 PARTITION OF noted FOR VALUES FROM (10) TO (20);
CREATE INDEX noted_what ON noted (what);
COMMENT ON INDEX noted_what IS 'of all partitions';
-- A partition with a foreign key to its own partitioned table gets another bound.
CREATE TABLE chain (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE chain_1 PARTITION OF chain FOR VALUES FROM (1) TO (10);
CREATE TABLE chain_2 PARTITION OF chain FOR VALUES FROM (10) TO (20);
ALTER TABLE chain_1 ADD CONSTRAINT next FOREIGN KEY (id) REFERENCES chain;
-- A partition comes to a table, and gets another index with the keys of one that it has.
CREATE TABLE comes (a int, b int) PARTITION BY LIST (a);
CREATE INDEX comes_b ON comes (b);
CREATE TABLE comes_1 (a int, b int);
CREATE INDEX own ON comes_1 (b);
-- An index of a partitioned table without that of the partition, although it has one with the same keys.
CREATE TABLE loose (a int NOT NULL, b int) PARTITION BY LIST (a);
CREATE TABLE loose_1 PARTITION OF loose FOR VALUES IN (1);
CREATE UNIQUE INDEX loose_a ON ONLY loose (a);
ALTER TABLE loose_1 ADD CONSTRAINT loose_1_pkey PRIMARY KEY (a);
-- PostgreSQL rebuilds an index without its statistics targets.
CREATE TABLE counted (id varchar(20), b text) PARTITION BY LIST (b);
CREATE TABLE counted_a PARTITION OF counted FOR VALUES IN ('a');
CREATE INDEX counted_i ON counted ((id || 'a'));
ALTER INDEX counted_i ALTER COLUMN 1 SET STATISTICS 500;
ALTER INDEX counted_a_expr_idx ALTER COLUMN 1 SET STATISTICS 400;
CREATE TABLE counted_parent (id varchar(20));
CREATE TABLE counted_heir (b text) INHERITS (counted_parent);
CREATE INDEX counted_heir_i ON counted_heir ((id || b), (b || 'b'));
ALTER INDEX counted_heir_i ALTER COLUMN 1 SET STATISTICS 70;
ALTER INDEX counted_heir_i ALTER COLUMN 2 SET STATISTICS 80;
-- then
CREATE TABLE people (id int PRIMARY KEY);
CREATE TABLE orders (id int NOT NULL, day date NOT NULL, who int, note text DEFAULT 'x', PRIMARY KEY (id, day), UNIQUE (day, id))
  PARTITION BY RANGE (day);
CREATE TABLE orders_2 PARTITION OF orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE orders_3 PARTITION OF orders (note DEFAULT 'y' NOT NULL) FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE lines (order_id int, day date, FOREIGN KEY (order_id, day) REFERENCES orders);
CREATE TABLE cut (a int, b int) PARTITION BY LIST (b);
CREATE TABLE cut_1 PARTITION OF cut FOR VALUES IN (1);
CREATE INDEX cut_b ON cut (b);
CREATE TABLE twins (id bigint CONSTRAINT twins_once UNIQUE) PARTITION BY RANGE (id);
CREATE TABLE twins_1 PARTITION OF twins FOR VALUES FROM (10) TO (20);
ALTER TABLE twins ADD CONSTRAINT twins_key PRIMARY KEY (id);
CREATE TABLE noted (id int, what text) PARTITION BY RANGE (id);
CREATE TABLE noted_1 PARTITION OF noted FOR VALUES FROM (10) TO (20);
CREATE INDEX noted_what ON noted (what);
COMMENT ON INDEX noted_what IS 'of all partitions';
-- A partition has two indexes of the same keys, of which one belongs to the partitioned table.
CREATE TABLE paired (id bigint CONSTRAINT paired_once UNIQUE) PARTITION BY RANGE (id);
CREATE TABLE paired_1 PARTITION OF paired FOR VALUES FROM (10) TO (20);
ALTER TABLE paired_1 ADD CONSTRAINT a_key PRIMARY KEY (id);
CREATE TABLE chain (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE chain_1 PARTITION OF chain FOR VALUES FROM (20) TO (30);
CREATE TABLE chain_2 PARTITION OF chain FOR VALUES FROM (10) TO (20);
ALTER TABLE chain_1 ADD CONSTRAINT next FOREIGN KEY (id) REFERENCES chain;
CREATE TABLE comes (a int, b int) PARTITION BY LIST (a);
CREATE TABLE comes_1 (a int, b int);
ALTER TABLE comes ATTACH PARTITION comes_1 FOR VALUES IN (1);
CREATE INDEX comes_b ON comes (b);
CREATE INDEX own ON comes_1 (b);
CREATE TABLE loose (a int NOT NULL, b int) PARTITION BY LIST (a);
CREATE TABLE loose_1 PARTITION OF loose FOR VALUES IN (1);
ALTER TABLE loose ADD CONSTRAINT loose_pkey PRIMARY KEY (a);
CREATE INDEX loose_b ON ONLY loose (b);
CREATE INDEX loose_1_b ON loose_1 (b);
-- PostgreSQL rebuilds an index without its statistics targets.
CREATE TABLE counted (id varchar(40), b text) PARTITION BY LIST (b);
CREATE TABLE counted_a PARTITION OF counted FOR VALUES IN ('a');
CREATE INDEX counted_i ON counted ((id || 'a'));
ALTER INDEX counted_i ALTER COLUMN 1 SET STATISTICS 600;
ALTER INDEX counted_a_expr_idx ALTER COLUMN 1 SET STATISTICS 400;
CREATE TABLE counted_parent (id varchar(40));
CREATE TABLE counted_heir (b text) INHERITS (counted_parent);
CREATE INDEX counted_heir_i ON counted_heir ((id || b), (b || 'b'));
ALTER INDEX counted_heir_i ALTER COLUMN 1 SET STATISTICS 70;
ALTER INDEX counted_heir_i ALTER COLUMN 2 SET STATISTICS 80;

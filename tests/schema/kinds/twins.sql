-- Two indexes with equal keys, of which one is created again while a partition moves: ATTACH PARTITION does not choose the other one.
CREATE TABLE p (id text, n int) PARTITION BY RANGE (id);
CREATE INDEX notes ON p USING brin (n);
CREATE INDEX orders ON p USING brin (n);
CREATE TABLE o (LIKE p);
ALTER TABLE p ATTACH PARTITION o FOR VALUES FROM ('f') TO ('m');
CREATE TABLE r PARTITION OF p FOR VALUES FROM ('a') TO ('f');
-- The index of a partition that moves belongs to a new twin.
CREATE TABLE q (id text, n int) PARTITION BY LIST (id);
CREATE TABLE q1 (LIKE q);
ALTER TABLE q ATTACH PARTITION q1 FOR VALUES IN ('m');
CREATE INDEX stays ON q USING brin (n);
-- The index of a partition that gets another parent, which has a twin.
CREATE TABLE one (n int) PARTITION BY LIST (n);
CREATE TABLE other (n int) PARTITION BY LIST (n);
CREATE INDEX of_other ON other (n);
CREATE INDEX of_one ON one (n);
CREATE TABLE moves PARTITION OF one FOR VALUES IN (1);
-- A foreign key to the valid one of two twins, which has an index in a partition of a partition.
CREATE TABLE referred (id date) PARTITION BY HASH (id);
ALTER TABLE referred ADD CONSTRAINT deferred UNIQUE (id) DEFERRABLE;
CREATE TABLE refers PARTITION OF referred FOR VALUES WITH (MODULUS 4, REMAINDER 2) PARTITION BY LIST (id);
ALTER TABLE referred ADD CONSTRAINT key_of_all UNIQUE (id);
CREATE TABLE z_below PARTITION OF refers FOR VALUES IN ('2024-02-01');
ALTER TABLE refers ADD CONSTRAINT key_to_all FOREIGN KEY (id) REFERENCES referred (id);
-- A new partition whose index waits until it is attached, because the parent has a twin of it; and the index of its own partition.
CREATE TABLE late (n int, u int NOT NULL) PARTITION BY RANGE (n);
CREATE INDEX late_stays ON late (n);
ALTER TABLE late ADD CONSTRAINT late_key PRIMARY KEY (n) DEFERRABLE;
-- then
CREATE TABLE p (id text, n int) PARTITION BY RANGE (id);
CREATE INDEX notes ON p USING brin (n) WITH (autosummarize = on);
CREATE INDEX orders ON p USING brin (n);
CREATE TABLE o (LIKE p);
ALTER TABLE p ATTACH PARTITION o FOR VALUES FROM ('a') TO ('f');
CREATE TABLE q (id text, n int) PARTITION BY LIST (id);
CREATE INDEX comes ON q USING brin (n);
CREATE TABLE q1 (LIKE q);
ALTER TABLE q ATTACH PARTITION q1 FOR VALUES IN ('a', 'm');
CREATE INDEX stays ON q USING brin (n);
CREATE TABLE one (n int) PARTITION BY LIST (n);
CREATE TABLE other (n int) PARTITION BY LIST (n);
CREATE INDEX new_of_other ON other (n);
CREATE INDEX of_one ON one (n);
CREATE TABLE moves PARTITION OF other FOR VALUES IN (1);
CREATE INDEX of_other ON other (n);
-- A foreign key to the valid one of two twins, which has an index in a partition of a partition.
CREATE TABLE referred (id date) PARTITION BY HASH (id);
ALTER TABLE referred ADD CONSTRAINT deferred UNIQUE (id) DEFERRABLE;
CREATE TABLE refers PARTITION OF referred FOR VALUES WITH (MODULUS 4, REMAINDER 2) PARTITION BY LIST (id);
CREATE TABLE late (n int, u int NOT NULL) PARTITION BY RANGE (n);
CREATE INDEX late_stays ON late (n);
CREATE TABLE late_1 PARTITION OF late FOR VALUES FROM (1) TO (9) PARTITION BY LIST (n);
CREATE TABLE late_2 PARTITION OF late_1 DEFAULT;
ALTER TABLE late ADD CONSTRAINT late_key PRIMARY KEY (n);

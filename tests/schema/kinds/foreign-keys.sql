-- A foreign key to a partitioned table has a copy for each partition, which must be valid, too. A partition
-- of a partition is detached before it is dropped.
CREATE TABLE days (day date PRIMARY KEY) PARTITION BY RANGE (day);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
CREATE TABLE days_3 PARTITION OF days FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY RANGE (day);
CREATE TABLE days_3_1 PARTITION OF days_3 FOR VALUES FROM ('2025-01-01') TO ('2025-07-01');
CREATE TABLE visits (day date);
CREATE TABLE bills (day date REFERENCES days);
CREATE TABLE notes (day date);
ALTER TABLE notes ADD CONSTRAINT on_day FOREIGN KEY (day) REFERENCES days NOT VALID;
-- then
CREATE TABLE days (day date PRIMARY KEY) PARTITION BY RANGE (day);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
CREATE TABLE days_3 PARTITION OF days FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY RANGE (day);
CREATE TABLE days_3_2 PARTITION OF days_3 FOR VALUES FROM ('2025-07-01') TO ('2026-01-01');
CREATE TABLE visits (day date REFERENCES days);
CREATE TABLE bills (day date REFERENCES days);
CREATE TABLE notes (day date);
ALTER TABLE notes ADD CONSTRAINT on_day FOREIGN KEY (day) REFERENCES days;
-- rows
SELECT count(*) FROM pg_constraint o JOIN pg_constraint k ON k.conparentid = o.oid WHERE o.convalidated AND NOT k.convalidated;
-- there
0
-- back
0

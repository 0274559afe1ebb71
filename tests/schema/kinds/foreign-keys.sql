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
-- A copy has a name that the key gets later.
CREATE TABLE turns (day date);
ALTER TABLE turns ADD CONSTRAINT of_day FOREIGN KEY (day) REFERENCES days;
-- Both tables are made again, with two keys that are equal but for their names.
CREATE TABLE wheels (a int UNIQUE) PARTITION BY LIST (a);
CREATE TABLE wheels_1 PARTITION OF wheels FOR VALUES IN (1);
CREATE TABLE spokes (a int UNIQUE) PARTITION BY LIST (a);
CREATE TABLE spokes_1 PARTITION OF spokes FOR VALUES IN (1);
ALTER TABLE spokes ADD CONSTRAINT spokes_fk FOREIGN KEY (a) REFERENCES wheels (a);
ALTER TABLE wheels ADD CONSTRAINT wheels_fk FOREIGN KEY (a) REFERENCES spokes (a);
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
CREATE TABLE turns (day date REFERENCES days);
CREATE TABLE wheels (a int UNIQUE);
CREATE TABLE spokes (a int UNIQUE);
ALTER TABLE spokes ADD CONSTRAINT spokes_fk FOREIGN KEY (a) REFERENCES wheels (a);
ALTER TABLE spokes ADD CONSTRAINT spokes_a_fkey FOREIGN KEY (a) REFERENCES wheels (a);
ALTER TABLE wheels ADD CONSTRAINT wheels_fk FOREIGN KEY (a) REFERENCES spokes (a);
-- rows
SELECT count(*) FROM pg_constraint o JOIN pg_constraint k ON k.conparentid = o.oid WHERE o.convalidated AND NOT k.convalidated;
-- there
0
-- back
0

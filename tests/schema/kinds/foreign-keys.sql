-- A foreign key to a partitioned table has a copy for each partition, which must be valid, too.
CREATE TABLE days (day date PRIMARY KEY) PARTITION BY RANGE (day);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
CREATE TABLE visits (day date);
CREATE TABLE notes (day date);
ALTER TABLE notes ADD CONSTRAINT on_day FOREIGN KEY (day) REFERENCES days NOT VALID;
-- then
CREATE TABLE days (day date PRIMARY KEY) PARTITION BY RANGE (day);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
CREATE TABLE visits (day date REFERENCES days);
CREATE TABLE notes (day date);
ALTER TABLE notes ADD CONSTRAINT on_day FOREIGN KEY (day) REFERENCES days;
-- rows
SELECT convalidated, count(*) FROM pg_constraint WHERE contype = 'f' GROUP BY 1;
-- there
t|6
-- back
f|3

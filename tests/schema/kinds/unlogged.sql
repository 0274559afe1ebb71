-- Foreign keys between tables that become UNLOGGED: in a row, ...
CREATE TABLE a_orders (id int PRIMARY KEY);
CREATE TABLE m_items (id int PRIMARY KEY, "order" int REFERENCES a_orders);
CREATE TABLE b_notes (id int PRIMARY KEY, item int REFERENCES m_items, parent int REFERENCES b_notes);
-- ... to a partitioned table, ...
CREATE TABLE days (day date PRIMARY KEY) PARTITION BY RANGE (day);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE visits (day date REFERENCES days);
-- ... in a circle, ...
CREATE TABLE teams (id int PRIMARY KEY, lead int);
CREATE TABLE people (id int PRIMARY KEY, team int REFERENCES teams);
ALTER TABLE teams ADD CONSTRAINT lead FOREIGN KEY (lead) REFERENCES people;
-- ... and between the partitions of one table.
CREATE TABLE parts (id int PRIMARY KEY, within int REFERENCES parts) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (10);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
-- A table refers to a partitioned table, of which only one partition becomes UNLOGGED.
CREATE TABLE months (month date PRIMARY KEY) PARTITION BY RANGE (month);
CREATE TABLE months_1 PARTITION OF months FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE bills (month date REFERENCES months);
-- then
CREATE UNLOGGED TABLE a_orders (id int PRIMARY KEY);
CREATE UNLOGGED TABLE m_items (id int PRIMARY KEY, "order" int REFERENCES a_orders);
CREATE UNLOGGED TABLE b_notes (id int PRIMARY KEY, item int REFERENCES m_items, parent int REFERENCES b_notes);
CREATE TABLE days (day date PRIMARY KEY) PARTITION BY RANGE (day);
CREATE UNLOGGED TABLE days_1 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE UNLOGGED TABLE visits (day date REFERENCES days);
CREATE UNLOGGED TABLE teams (id int PRIMARY KEY, lead int);
CREATE UNLOGGED TABLE people (id int PRIMARY KEY, team int REFERENCES teams);
ALTER TABLE teams ADD CONSTRAINT lead FOREIGN KEY (lead) REFERENCES people;
CREATE TABLE parts (id int PRIMARY KEY, within int REFERENCES parts) PARTITION BY RANGE (id);
CREATE UNLOGGED TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (10);
CREATE UNLOGGED TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
CREATE TABLE months (month date PRIMARY KEY) PARTITION BY RANGE (month);
CREATE UNLOGGED TABLE months_1 PARTITION OF months FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE bills (month date REFERENCES months);

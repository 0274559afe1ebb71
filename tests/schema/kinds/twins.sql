-- Two indexes with equal keys, of which one is created again while a partition moves: ATTACH PARTITION does not choose the other one.
CREATE TABLE p (id text, n int) PARTITION BY RANGE (id);
CREATE INDEX notes ON p USING brin (n);
CREATE INDEX orders ON p USING brin (n);
CREATE TABLE o (LIKE p);
ALTER TABLE p ATTACH PARTITION o FOR VALUES FROM ('f') TO ('m');
CREATE TABLE r PARTITION OF p FOR VALUES FROM ('a') TO ('f');
-- then
CREATE TABLE p (id text, n int) PARTITION BY RANGE (id);
CREATE INDEX notes ON p USING brin (n) WITH (autosummarize = on);
CREATE INDEX orders ON p USING brin (n);
CREATE TABLE o (LIKE p);
ALTER TABLE p ATTACH PARTITION o FOR VALUES FROM ('a') TO ('f');

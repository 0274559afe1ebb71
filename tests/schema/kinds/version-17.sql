-- needs 17
CREATE TABLE kept (id int, CONSTRAINT kept_id EXCLUDE USING btree (id WITH =)) PARTITION BY RANGE (id);
CREATE TABLE kept_1 PARTITION OF kept FOR VALUES FROM (1) TO (10);
CREATE TABLE dropped (id int, CONSTRAINT dropped_id EXCLUDE USING btree (id WITH =)) PARTITION BY RANGE (id);
CREATE TABLE dropped_1 PARTITION OF dropped DEFAULT;
CREATE TABLE altered (id int) PARTITION BY RANGE (id);
CREATE TABLE altered_1 PARTITION OF altered DEFAULT;
CREATE TABLE detached (id int, CONSTRAINT detached_id EXCLUDE USING btree (id WITH =)) PARTITION BY RANGE (id);
CREATE TABLE detached_1 PARTITION OF detached DEFAULT;
CREATE TABLE detached_2 PARTITION OF detached FOR VALUES FROM (1) TO (10);
-- The name of NOT NULL, if the domain is created again.
CREATE DOMAIN renewed AS int NOT NULL;
CREATE TABLE of_renewed (a renewed);
-- then
CREATE TABLE kept (id int, CONSTRAINT kept_id EXCLUDE USING btree (id WITH =)) PARTITION BY RANGE (id);
CREATE TABLE kept_1 PARTITION OF kept FOR VALUES FROM (1) TO (5);
CREATE TABLE kept_2 PARTITION OF kept FOR VALUES FROM (5) TO (10);
CREATE TABLE created (id int, CONSTRAINT created_id EXCLUDE USING btree (id WITH =)) PARTITION BY RANGE (id);
CREATE TABLE created_1 PARTITION OF created DEFAULT;
CREATE TABLE altered (id int, CONSTRAINT altered_id EXCLUDE USING btree (id WITH =)) PARTITION BY RANGE (id);
CREATE TABLE altered_1 PARTITION OF altered DEFAULT;
CREATE TABLE detached (id int, CONSTRAINT detached_id EXCLUDE USING btree (id WITH =)) PARTITION BY RANGE (id);
CREATE TABLE detached_1 (id int);
CREATE TABLE detached_2 (id int, CONSTRAINT own EXCLUDE USING btree (id WITH =));
-- The name of NOT NULL, if the domain is created again.
CREATE DOMAIN renewed AS text NOT NULL;
CREATE TABLE of_renewed (a renewed);

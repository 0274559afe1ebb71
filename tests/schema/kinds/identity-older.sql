-- until 16
-- A new identity column above defaults of partitions, which have the identity, too, since PostgreSQL 17; and above a column that
-- comes from another parent as well, whose NOT NULL gets another name since PostgreSQL 18.
CREATE TABLE other_q (k int) PARTITION BY LIST (k);
CREATE TABLE other_q1 PARTITION OF other_q FOR VALUES IN (1);
CREATE TABLE q (k int) PARTITION BY LIST (k);
CREATE TABLE q1 PARTITION OF q FOR VALUES IN (1) PARTITION BY LIST (k);
CREATE TABLE q11 PARTITION OF q1 FOR VALUES IN (1);
CREATE TABLE q2 (k int, id bigint NOT NULL DEFAULT 8);
CREATE TABLE only_other (id int);
CREATE TABLE gains (k int);
CREATE TABLE of_both () INHERITS (gains, only_other);
ALTER TABLE of_both ALTER id SET NOT NULL;
-- then
CREATE TABLE other_q (k int, id int GENERATED ALWAYS AS IDENTITY) PARTITION BY LIST (k);
CREATE TABLE other_q1 PARTITION OF other_q (id DEFAULT 7) FOR VALUES IN (1);
CREATE TABLE q (k int, id bigint GENERATED ALWAYS AS IDENTITY) PARTITION BY LIST (k);
CREATE TABLE q1 PARTITION OF q FOR VALUES IN (1) PARTITION BY LIST (k);
CREATE TABLE q11 PARTITION OF q1 (id DEFAULT 4) FOR VALUES IN (1);
CREATE TABLE q2 PARTITION OF q (id DEFAULT 8) FOR VALUES IN (2);
CREATE TABLE only_other (id int);
CREATE TABLE gains (k int, id int GENERATED ALWAYS AS IDENTITY);
CREATE TABLE of_both () INHERITS (gains, only_other);
ALTER TABLE of_both ALTER id SET NOT NULL;

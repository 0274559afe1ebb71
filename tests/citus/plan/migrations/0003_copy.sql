COPY kinds (id, name) FROM stdin;
4	payment
5	refund
\.

-- moonbird:down
DELETE FROM kinds WHERE id > 3;

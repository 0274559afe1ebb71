-- expect: 1 row
SELECT 1;

SELECT 2 -- inside
; -- expect: 2
-- a comment
--> statement-breakpoint
-- EXPECT: 'it''s'
/* a
b */
SELECT 3;
COPY t FROM stdin; -- expect: 1 row
1
\.
-- moonbird:down
SELECT 4; -- expect: NULL

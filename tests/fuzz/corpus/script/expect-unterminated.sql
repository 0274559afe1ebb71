-- expect: 1 row
SELECT 1;

SELECT 2 -- inside
; -- expect: 2
-- a comment
--> statement-breakpoint
-- EXPECT: 'it''s'
/* a
b *ct: NULL

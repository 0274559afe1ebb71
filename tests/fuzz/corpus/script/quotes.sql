SELECT 'it''s', E'\'', U&"d\0061t", $a$;$b$;$a$, "x""y" /* a /* nested */ ; */;
-- moonbird:down
DROP TABLE t;

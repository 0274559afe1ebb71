-- moonbird: transaction=off lock_timeout=2s
-- moonbird: retries=5 requires=0001_a,manual/b
-- moonbird: description=what it does
SELECT 1;

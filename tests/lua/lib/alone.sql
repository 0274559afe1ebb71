-- moonbird: transaction=off
SELECT 1;

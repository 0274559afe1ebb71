/* moonbird: */

-- moonbird: lock_timeout=1h statement_timeout=250

/* moonbird: */

-- moonbird: lock_timeout=1h statement_timeout=250 transaction_timeout=2min

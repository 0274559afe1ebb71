-- moonbird: description=A status for guests who did not come

ALTER TYPE meeting_status ADD VALUE IF NOT EXISTS 'no_show' AFTER 'completed';

-- A new enum value can be used only after it is committed, so this file is not one transaction.
UPDATE meetings
   SET status = 'no_show'
 WHERE status = 'cancelled' AND cancellation_reason = 'no_show'; -- lint: ignore enum-value-used moonbird commits before it

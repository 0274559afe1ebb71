-- read.lua: the catalog of the database for a page: in one transaction, with a search_path that no other schema can
-- be in front of, and with a limit for waiting: a migration may hold locks.

local catalog = {}

local LOCK_TIMEOUT = "3s"

-- Calls fn(db, ...) there.
function catalog.read(db, fn, ...)
  return db:transaction(function(...)
    db:set("search_path", "pg_catalog, pg_temp")
    db:set("lock_timeout", LOCK_TIMEOUT)
    return fn(db, ...)
  end, ...)
end

-- The tables that other sessions have locked, or wait to lock, so that nobody can read them, themselves or by an index
-- or their TOAST table: an array, in SQL.  PostgreSQL would wait for the lock to measure the size of such a table, and
-- also to print its definitions, so a page leaves them out while a migration runs.
catalog.locked = [[coalesce((SELECT array_agg(coalesce(li.indrelid, lt.oid, l.relation))
  FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_index li ON li.indexrelid = l.relation
  LEFT JOIN pg_catalog.pg_class lt ON lt.reltoastrelid = l.relation
 WHERE l.mode = 'AccessExclusiveLock' AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())), '{}')]]

-- Schemas of PostgreSQL itself are shown only if one asks for them by name.
catalog.ours = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"

return catalog

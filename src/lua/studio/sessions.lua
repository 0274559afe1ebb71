-- sessions.lua: what sessions of the server do, as pg_stat_activity, pg_locks and the progress views have it.
--
-- The query and the state of another role's session need pg_read_all_stats; without it they are NULL.

local sessions = {}

local function time(column)
  return ([[pg_catalog.to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')]]):format(column)
end

local COLUMNS = [[
a.pid, a.usename::pg_catalog.text AS "user", a.application_name AS application, a.state,
a.client_addr::pg_catalog.text AS client, pg_catalog.concat_ws(': ', a.wait_event_type, a.wait_event) AS wait,
a.query, pg_catalog.pg_blocking_pids(a.pid) AS blocked_by,
]] .. time "coalesce(CASE WHEN a.state OPERATOR(pg_catalog.=) 'active' THEN a.query_start END, a.state_change)" .. [[ AS since,
]] .. time "a.xact_start" .. [[ AS transaction_since, ]] .. time "a.backend_start" .. [[ AS connected_since
  FROM pg_catalog.pg_stat_activity a
 WHERE a.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid()]]

-- The sessions with these pids.
function sessions.find(db, pids)
  if #pids == 0 then return {} end
  return (db:query("SELECT " .. COLUMNS .. " AND a.pid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.int4[]) ORDER BY a.pid", moonbird.json.array(pids)))
end

-- The sessions of moonbird in this database, except those of the pages of a studio.  An application_name in the
-- address of the database hides a session from this list.
function sessions.of_moonbird(db)
  return (db:query("SELECT " .. COLUMNS .. [[
   AND a.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
   AND a.application_name OPERATOR(pg_catalog.~) '^moonbird( |$)' AND a.application_name OPERATOR(pg_catalog.<>) 'moonbird studio'
 ORDER BY a.backend_start, a.pid]]))
end

-- The sessions that these wait for; a prepared transaction, which no session holds, has the pid 0.
function sessions.blockers(db, list)
  local blocked, pids = {}, {}
  for _, session in ipairs(list) do
    for _, pid in ipairs(session.blocked_by) do
      if not blocked[pid] then blocked[pid], pids[#pids + 1] = {}, pid end
      table.insert(blocked[pid], session.pid)
    end
  end
  local found = sessions.find(db, pids)
  if blocked[0] then found[#found + 1] = { pid = 0, application = "a prepared transaction; see pg_prepared_xacts" } end
  for _, blocker in ipairs(found) do blocker.blocks = table.concat(blocked[blocker.pid], ", ") end
  return found
end

-- The sessions that wait for this one.
function sessions.waiting_for(db, pid)
  return (db:query("SELECT " .. COLUMNS .. " AND $1::pg_catalog.int4 OPERATOR(pg_catalog.=) ANY (pg_catalog.pg_blocking_pids(a.pid)) ORDER BY a.pid", pid))
end

-- Locks held and waited for, those waited for first; without those that every transaction has on itself.
function sessions.locks(db, pids)
  if #pids == 0 then return {} end
  return (db:query([[
SELECT l.pid, CASE WHEN l.granted THEN 'held' ELSE 'waiting' END AS state, l.mode, l.locktype AS kind,
       coalesce(n.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) c.relname, pg_catalog.concat_ws(' ', l.relation, l.transactionid, l.classid, l.objid)) AS object
  FROM pg_catalog.pg_locks l
  LEFT JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) l.relation AND l.database OPERATOR(pg_catalog.=)
       (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 WHERE l.pid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.int4[])
   AND NOT (l.granted AND l.locktype OPERATOR(pg_catalog.=) ANY ('{virtualxid,transactionid}'))
 ORDER BY l.granted, l.pid, object, l.mode LIMIT 500]], moonbird.json.array(pids)))
end

-- The progress views: what they count, and the first version of the server that has them.
local VIEWS = {
  { "create_index", "command", "blocks_done", "blocks_total", "blocks" },
  { "vacuum", "'VACUUM'", "heap_blks_scanned", "heap_blks_total", "blocks" },
  { "analyze", "'ANALYZE'", "sample_blks_scanned", "sample_blks_total", "blocks" },
  { "cluster", "command", "heap_blks_scanned", "heap_blks_total", "blocks" },
  { "copy", "command", "bytes_processed", "bytes_total", "bytes", phase = "pg_catalog.concat(p.tuples_processed, ' rows')", since = 140000 },
}

local function progress_sql(version)
  local list = {}
  for _, view in ipairs(VIEWS) do
    if version >= (view.since or 0) then
      list[#list + 1] = ("SELECT p.pid, %s::pg_catalog.text AS command, %s::pg_catalog.text AS phase, p.%s AS done, p.%s AS total, '%s' AS unit, p.relid FROM pg_catalog.pg_stat_progress_%s p")
        :format(view[2], view.phase or "p.phase", view[3], view[4], view[5], view[1])
    end
  end
  return table.concat(list, " UNION ALL ")
end

-- How far the commands are that the server measures.
function sessions.progress(db, pids)
  if #pids == 0 then return {} end
  return (db:query("SELECT p.pid, p.command, p.phase, p.done, p.total, p.unit, n.nspname OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) c.relname AS object FROM (" ..
    progress_sql(db.server_version) .. [[) p LEFT JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) p.relid
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 WHERE p.pid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.int4[]) ORDER BY p.pid]], moonbird.json.array(pids)))
end

-- ---- the parts that show them ----

function sessions.link(row) if row.pid ~= 0 then return "session", { pid = row.pid } end end

local function with(list, more)
  local all = table.move(list, 1, #list, 1, {})
  return table.move(more, 1, #more, #all + 1, all)
end

local shared = {
  { "user", "user", format = "text" }, { "application", "application", format = "text" }, { "state", "state", format = "text" },
  { "since", "since", format = "time" }, { "wait", "waits for", format = "text" }, { "query", "statement", format = "code" },
}

sessions.columns = with({ { "pid", "pid", link = sessions.link } }, shared)
sessions.blocker_columns = with({ { "pid", "pid", link = sessions.link }, { "blocks", "blocks" } }, shared)
sessions.lock_columns = {
  { "state", "state", format = "state" }, { "mode", "mode" }, { "object", "object", format = "text" }, { "kind", "kind" },
  { "pid", "pid", link = sessions.link },
}

function sessions.pids(list)
  local pids = {}
  for i, session in ipairs(list) do pids[i] = session.pid end
  return pids
end

return sessions

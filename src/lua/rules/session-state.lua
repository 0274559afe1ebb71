local core = ...
local tree = core.require "lint.tree"

local statements = { ListenStmt = "LISTEN", PrepareStmt = "PREPARE" }

local calls = { pg_advisory_lock = true, pg_try_advisory_lock = true, pg_advisory_lock_shared = true,
                pg_try_advisory_lock_shared = true, pg_advisory_unlock_all = true }

local function say(ctx, at, what, fix)
  ctx:report { at = at, message = ("%s changes the state of the session; the change ends with the migration, or reaches another client"):format(what),
               fix = fix }
end

return {
  id       = "session-state",
  aliases  = { "T07", "session-objects-through-pooler" },
  group    = "tx",
  severity = "note",
  summary  = "a migration uses LISTEN, PREPARE or a session-level advisory lock",
  why      = [[
These belong to a session. Behind a pooler that assigns sessions by transaction, the next statement may run in another
session, and another client inherits the lock or the prepared statement. moonbird ends them with the migration.
pg_advisory_unlock_all also releases the lock with which a migration tool keeps others away.]],
  fix      = [[
Use pg_advisory_xact_lock, which ends with the transaction. Run a query as it is instead of preparing it.]],

  check = function(stmt, ctx)
    local what = statements[stmt.tree.tag]
    if what then return say(ctx, nil, what, "Remove the statement.") end
    for call in tree.nodes(stmt.tree, "FuncCall") do
      local name = call.funcname[#call.funcname]
      if calls[name] then
        local in_transaction = name:gsub("advisory_lock", "advisory_xact_lock")
        say(ctx, call, name .. "()", in_transaction ~= name and ("SELECT %s(…);"):format(in_transaction) or "Remove the call.")
      end
    end
  end,

  bad = { "SELECT pg_advisory_lock(42);", "LISTEN jobs;", "PREPARE q AS SELECT 1;" },
  good = { "SELECT pg_advisory_xact_lock(42);", "NOTIFY jobs;", "CREATE TABLE prepare_jobs (id int);" },
}

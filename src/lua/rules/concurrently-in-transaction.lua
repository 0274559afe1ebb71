local core = ...
local transaction = core.require "lint.transaction"

local function where(ctx)
  if ctx.migration.lua then return "in the transaction of this Lua migration", "Move the statement to an SQL migration." end
  if transaction.is_open(ctx.statements, ctx.index) then return "between BEGIN and COMMIT", "Put the statement after COMMIT." end
  return "in the transaction in which the file runs", "Put the statement into a file of its own."
end

return {
  id       = "concurrently-in-transaction",
  aliases  = { "ban-concurrent-index-creation-in-transaction", "PG103", "T01", "non-tx-statement-in-tx" },
  group    = "tx",
  severity = "error",
  summary  = "a statement that cannot run in a transaction is in one, and fails",
  why      = [[
PostgreSQL refuses CREATE INDEX CONCURRENTLY, VACUUM, ALTER SYSTEM, CREATE DATABASE and some others in a transaction
block (SQLSTATE 25001). BEGIN in an SQL file opens one, and a Lua migration runs in one.]],
  fix      = [[
Remove BEGIN and COMMIT: moonbird runs such a statement between the transactions of an SQL file. Move the statement from
a Lua migration to an SQL migration.]],

  check = function(stmt, ctx)
    if not stmt.alone or not ctx:in_transaction() or #ctx.statements == 1 and ctx.migration.surrounded then return end
    local place, fix = where(ctx)
    ctx:report { message = ("%s cannot run %s"):format(transaction.words(stmt), place), fix = fix }
  end,

  bad = {
    "BEGIN; CREATE INDEX CONCURRENTLY users_email ON users (email); COMMIT;",
    "BEGIN; VACUUM users; COMMIT;",
  },
  good = {
    "CREATE INDEX CONCURRENTLY users_email ON users (email);",
    "BEGIN; ALTER TABLE users ADD COLUMN a int; COMMIT; CREATE INDEX CONCURRENTLY users_a ON users (a);",
    "BEGIN; REFRESH MATERIALIZED VIEW CONCURRENTLY totals; COMMIT;",
  },
}

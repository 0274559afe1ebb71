local core = ...
local transaction = core.require "lint.transaction"

return {
  id       = "uncommitted-transaction",
  aliases  = { "ban-uncommitted-transaction", "T03" },
  group    = "tx",
  severity = "error",
  summary  = "a transaction that begins in the file does not end in it",
  why      = [[
When the session ends, PostgreSQL rolls back the transaction that is open: nothing after BEGIN is applied. moonbird
refuses such a file, unless it belongs to a tool that runs each file in a transaction, which it commits. With a tool
that keeps the session, the locks of the transaction stay, too.]],
  fix      = [[
Add COMMIT, or remove BEGIN: moonbird runs each file in a transaction.]],

  check = function() end,

  finish = function(ctx)
    local open = transaction.is_open(ctx.statements, #ctx.statements)
    if open and not ctx.migration.lua then
      ctx:report { statement = open, message = "the transaction that begins here does not end in the file",
                   fix = "Add COMMIT; at the end, or remove BEGIN." }
    end
  end,

  bad = {
    "BEGIN; CREATE TABLE a (id int);",
    "CREATE TABLE a (id int); START TRANSACTION; CREATE TABLE b (id int);",
    "BEGIN; CREATE TABLE a (id int); COMMIT AND CHAIN; CREATE TABLE b (id int);",
  },
  good = {
    "BEGIN; CREATE TABLE a (id int); COMMIT;",
    "BEGIN; CREATE TABLE a (id int); ROLLBACK;",
    "BEGIN; CREATE TABLE a (id int); END;",
  },
}

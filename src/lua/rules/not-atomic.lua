local core = ...
local transaction = core.require "lint.transaction"

-- Statements that change nothing which a failure could leave behind.
local harmless = { VariableSetStmt = true, VariableShowStmt = true, TransactionStmt = true, SelectStmt = true,
                   CommentStmt = true }

return {
  id       = "not-atomic",
  aliases  = { "TX101", "T04", "mixed-transaction-file" },
  group    = "tx",
  severity = "note",
  summary  = "a file has a statement that cannot run in a transaction, beside others",
  why      = [[
The file is not applied as a whole: if the statement fails, those before it stay. moonbird runs such a file in segments
and continues it at the statement that failed. Many other tools run the file in one transaction, where the statement
fails (SQLSTATE 25001). With transaction=off in the file, this rule finds nothing.]],
  fix      = [[
Put the statement into a file of its own.]],

  check = function() end,

  finish = function(ctx)
    if ctx.migration.lua or ctx.migration.transaction == false or ctx.migration.surrounded then return end
    local alone, other
    for _, statement in ipairs(ctx.statements) do
      if statement.alone then alone = alone or statement
      elseif not statement.tree or not harmless[statement.tree.tag] then other = true
      end
    end
    if alone and other then
      ctx:report { statement = alone, fix = "Put the statement into a file of its own.",
                   message = ("%s cannot run in a transaction, so the file is not applied as a whole"):format(transaction.words(alone)) }
    end
  end,

  bad = {
    "ALTER TABLE users ADD COLUMN email text; CREATE INDEX CONCURRENTLY users_email ON users (email);",
    "DROP INDEX CONCURRENTLY users_email; ALTER TABLE users DROP COLUMN email;",
  },
  good = {
    "CREATE INDEX CONCURRENTLY users_email ON users (email);",
    "-- moonbird: transaction=off\nALTER TABLE users ADD a int; CREATE INDEX CONCURRENTLY users_a ON users (a);",
    "SET statement_timeout = 0; CREATE INDEX CONCURRENTLY users_email ON users (email);",
    "ALTER TABLE users ADD COLUMN email text;",
  },
}

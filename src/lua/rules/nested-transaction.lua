local core = ...
local transaction = core.require "lint.transaction"

local function in_a_script(stmt, ctx)
  ctx:report { message = ("a script cannot run %s; moonbird refuses it"):format(stmt.text:match "^%a+" or "this"),
               fix = "Use db:try(function() … end) for a savepoint, or db:step for a transaction of its own." }
end

-- Is the transaction open in which another program runs the file?
local function is_surrounded(ctx)
  for i = 1, ctx.index - 1 do
    if transaction.ends[transaction.kind(ctx.statements[i])] then return false end
  end
  return ctx.migration.surrounded
end

return {
  id       = "nested-transaction",
  aliases  = { "transaction-nesting", "TX201", "T02", "nested-begin-commit" },
  group    = "tx",
  severity = "warning",
  summary  = "BEGIN is used in a transaction, or COMMIT outside of one",
  why      = [[
PostgreSQL has no nested transactions. In a transaction, BEGIN has no effect but a warning, and the first COMMIT ends
the whole transaction: the statements after it are committed one by one. COMMIT in a file without BEGIN ends the transaction
that the migration tool has opened, so that the file is not applied as a whole.]],
  fix      = [[
Write each BEGIN after the COMMIT of the transaction before it. Use SAVEPOINT for a part that can be undone.]],

  check = function(stmt, ctx)
    local kind = transaction.kind(stmt)
    local begins, ends = transaction.begins[kind], transaction.ends[kind]
    if not begins and not ends then return end
    if ctx.migration.lua then return in_a_script(stmt, ctx) end
    local open = transaction.is_open(ctx.statements, ctx.index - 1)
    if begins and open then
      ctx:report { message = "BEGIN in a transaction has no effect, so the next COMMIT ends the transaction of the first BEGIN",
                   fix = "SAVEPOINT name; … RELEASE SAVEPOINT name;" }
    elseif begins and is_surrounded(ctx) then
      ctx:report { message = "BEGIN has no effect in the transaction in which the file runs, and the next COMMIT ends that transaction",
                   fix = "Remove BEGIN and COMMIT." }
    elseif ends and not open and ctx.migration.foreign then
      ctx:report { message = "this ends a transaction that the file did not begin: that of the migration tool, if it opened one",
                   fix = "Remove the statement, or write BEGIN where the transaction begins." }
    end
  end,

  bad = {
    "BEGIN; CREATE TABLE a (id int); BEGIN; CREATE TABLE b (id int); COMMIT;",
    "CREATE TABLE a (id int); COMMIT; CREATE TABLE b (id int);",
    "BEGIN; CREATE TABLE a (id int); COMMIT; COMMIT;",
  },
  good = {
    "BEGIN; CREATE TABLE a (id int); COMMIT; BEGIN; CREATE TABLE b (id int); COMMIT;",
    "BEGIN; SAVEPOINT s; CREATE TABLE a (id int); ROLLBACK TO s; COMMIT;",
    "BEGIN; CREATE TABLE a (id int); COMMIT AND CHAIN; CREATE TABLE b (id int); COMMIT;",
  },
}

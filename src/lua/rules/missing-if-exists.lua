local creates = { CreateStmt = "IF NOT EXISTS", CreateSchemaStmt = "IF NOT EXISTS", CreateExtensionStmt = "IF NOT EXISTS",
                  CreateSeqStmt = "IF NOT EXISTS" }

-- Is the whole file one transaction, so that a failure leaves nothing?
local function is_atomic(ctx)
  for i = 1, #ctx.statements do
    if not ctx.transactions[i] or ctx.transactions[i] ~= ctx.transactions[1] then return false end
  end
  return true
end

local function missing(top)
  if top.tag == "DropStmt" then return not top.missing_ok and "IF EXISTS" end
  if top.tag == "IndexStmt" then return not top.concurrent and not top.if_not_exists and "IF NOT EXISTS" end
  return not top.if_not_exists and creates[top.tag]
end

return {
  id       = "missing-if-exists",
  aliases  = { "prefer-robust-stmts", "B01" },
  group    = "robust",
  severity = "note",
  summary  = "a file that is not one transaction cannot run again after a failure",
  why      = [[
When a later statement fails, this one has been committed, and fails when the file runs again. moonbird continues a file at
the statement that failed, so this rule is about files that another program runs.]],
  fix      = [[
Write IF EXISTS or IF NOT EXISTS, or make the file one transaction. Leave it out of CREATE INDEX CONCURRENTLY: it would
hide an invalid index.]],

  check = function(stmt, ctx)
    local words = ctx.migration.foreign and #ctx.statements > 1 and missing(stmt.tree)
    if not words or is_atomic(ctx) then return end
    ctx:report { message = ("without %s, this fails when the file runs again after a failure"):format(words),
                 fix = ("Write %s, or make the file one transaction."):format(words) }
  end,

  bad = {
    "CREATE TABLE a (id int); CREATE INDEX CONCURRENTLY b_id ON b (id);",
    "DROP TABLE a; COMMIT; DROP TABLE b;",
  },
  good = {
    "CREATE TABLE a (id int); CREATE TABLE b (id int);",
    "BEGIN; CREATE TABLE a (id int); DROP TABLE b; COMMIT;",
    "CREATE TABLE IF NOT EXISTS a (id int); CREATE INDEX CONCURRENTLY b_id ON b (id);",
  },
}

-- transaction.lua: the statements that begin and end transactions, and those that cannot be in one.

local transaction = {
  begins = { TRANS_STMT_BEGIN = true, TRANS_STMT_START = true },
  ends = { TRANS_STMT_COMMIT = true, TRANS_STMT_ROLLBACK = true, TRANS_STMT_PREPARE = true },
}

-- What the statement does to the transaction, as PostgreSQL's TransactionStmtKind; or nil.
function transaction.kind(statement)
  local top = statement.tree
  return top and top.tag == "TransactionStmt" and top.kind
end

-- "CREATE INDEX CONCURRENTLY" or "VACUUM": a statement in words.
function transaction.words(statement) return statement.kind .. (statement.concurrently and " CONCURRENTLY" or "") end

-- The statement that began the transaction which is open after the first `n` statements; nil if none is.
function transaction.is_open(statements, n)
  local open
  for i = 1, n do
    local kind = transaction.kind(statements[i])
    if transaction.begins[kind] then open = open or statements[i] end
    if transaction.ends[kind] then open = statements[i].tree.chain and statements[i] or nil end
  end
  return open
end

return transaction

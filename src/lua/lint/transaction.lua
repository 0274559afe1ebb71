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

local open_after = setmetatable({}, { __mode = "k" }) -- the list of statements → for each, is_open after it, or false

-- The statement that began the transaction which is open after the first `n` statements; nil if none is.
function transaction.is_open(statements, n)
  local list = open_after[statements] or { [0] = false }
  open_after[statements] = list
  for i = #list + 1, n do
    local kind, open = transaction.kind(statements[i]), list[i - 1]
    if transaction.begins[kind] then open = open or statements[i] end
    if transaction.ends[kind] then open = statements[i].tree.chain and statements[i] end
    list[i] = open or false
  end
  return list[n] or nil
end

return transaction

-- place.lua: where the part of a rewrite goes that needs a later transaction.

local core = ...
local transaction = core.require "lint.transaction"

-- Statements whose tokens show each table that they use.
local plain = { AlterTableStmt = true, CreateStmt = true, IndexStmt = true, CommentStmt = true, GrantStmt = true,
                CreateEnumStmt = true, AlterEnumStmt = true, InsertStmt = true, UpdateStmt = true, DeleteStmt = true,
                TransactionStmt = true }

local function names(statement, word)
  for _, token in ipairs(statement.tokens) do
    if token.text:lower() == word or token.text == '"' .. word .. '"' then return true end
  end
  return false
end

-- Can what the statement does to its table be finished behind the statements up to `last`?
local function is_independent(ctx, index, last)
  local relation = ctx.statements[index].tree.relation
  for i = index + 1, last do
    local statement = ctx.statements[i]
    if not relation or not statement.tree or not plain[statement.tree.tag] or names(statement, relation.relname) then return false end
  end
  return true
end

local of_transaction = { search_path = true, role = true }

-- Does an earlier statement set for its transaction only which table a name means, or who may change it?
local function depends_on_setting(ctx, index)
  for i = 1, index - 1 do
    local top = ctx.transactions[i] == ctx.transactions[index] and ctx.statements[i].tree
    if top and top.tag == "VariableSetStmt" and top.is_local and of_transaction[top.name] then return true end
  end
  return false
end

local place = {}

-- DDL that need not be in one transaction with what comes after it.
local separable = { AlterTableStmt = true, CreateStmt = true, IndexStmt = true, CommentStmt = true, GrantStmt = true,
                    CreateEnumStmt = true }

-- Can a COMMIT be written before the statement, so that its transaction does not hold the locks of those before it?
function place.can_commit_before(ctx, index)
  local migration, statements = ctx.migration, ctx.statements
  if migration.lua or migration.foreign or migration.transaction == false or not ctx.transactions[index]
     or transaction.is_open(statements, index) or depends_on_setting(ctx, index) then
    return false
  end
  for i = 1, index - 1 do
    local tree = ctx.transactions[i] == ctx.transactions[index] and statements[i].tree
    if tree and not separable[tree.tag] then return false end
  end
  return true
end

-- Behind which statement of the file, and whether a COMMIT must end the transaction there.  nil and the reason if the file
-- has no such place.
function place.of_later(ctx, index)
  local statements, last = ctx.statements, index
  if not ctx.transactions[index] then return index, false end
  while ctx.transactions[last + 1] == ctx.transactions[index] do last = last + 1 end
  if depends_on_setting(ctx, index) then return nil, "a SET LOCAL before it ends with its transaction" end
  local independent = is_independent(ctx, index, last)
  if transaction.ends[transaction.kind(statements[last])] then
    if transaction.kind(statements[last]) ~= "TRANS_STMT_COMMIT" or statements[last].tree.chain or not independent then
      return nil, "the rest of its transaction needs the table"
    end
    return last, false
  end
  if ctx.migration.foreign then return nil, "it needs a second transaction, and moonbird does not run this file" end
  if ctx.migration.transaction == false and not transaction.is_open(statements, index) then return index, false end
  if independent then return last, true end
  if transaction.is_open(statements, index) then return nil, "the rest of its transaction needs the table" end
  return index, true
end

return place

local core = ...
local if_exists = core.require "lint.fix.if_exists"
local tree = core.require "lint.tree"

local creates = { CreateStmt = "IF NOT EXISTS", CreateSchemaStmt = "IF NOT EXISTS", CreateExtensionStmt = "IF NOT EXISTS",
                  CreateSeqStmt = "IF NOT EXISTS" }

local settings = { VariableSetStmt = true, VariableShowStmt = true }

-- Is all that the file does in one transaction, so that a failure leaves nothing?
local function find_atomic(ctx)
  local first
  for i, statement in ipairs(ctx.statements) do
    if not settings[statement.tree and statement.tree.tag] then
      local number = ctx.transactions[i]
      first = first or number
      if not number or number ~= first then return false end
    end
  end
  return true
end

local atomic = setmetatable({}, { __mode = "k" }) -- statements of a file → true or false

local function is_atomic(ctx)
  local known = atomic[ctx.statements]
  if known == nil then
    known = find_atomic(ctx)
    atomic[ctx.statements] = known
  end
  return known
end

local commands = {}

function commands.AT_AddColumn(command) return not command.missing_ok and "IF NOT EXISTS" end
function commands.AT_DropColumn(command) return not command.missing_ok and "IF EXISTS" end
commands.AT_DropConstraint = commands.AT_DropColumn

-- What the statements up to now drop: "table.constraint" → true, or false if it is there again; and the names of indexes.
local dropped_by = setmetatable({}, { __mode = "k" })

local function note_dropped(ctx, dropped, statement)
  local top = statement.tree
  for command in ctx:alter_table(statement, true) do
    local name = command.subtype == "AT_DropConstraint" and command.name or command.subtype == "AT_AddConstraint" and command.def.conname
    if name then dropped.constraints[tree.name(top.relation) .. "." .. name] = command.subtype == "AT_DropConstraint" end
  end
  for _, name in ipairs(top and top.tag == "DropStmt" and top.removeType == "OBJECT_INDEX" and top.objects or {}) do
    dropped.indexes[name[#name]] = true
  end
end

-- What the statements before this one drop.
local function dropped_before(ctx)
  local dropped = dropped_by[ctx.statements] or { upto = 0, constraints = {}, indexes = {} }
  dropped_by[ctx.statements] = dropped
  while dropped.upto < ctx.index - 1 do
    dropped.upto = dropped.upto + 1
    note_dropped(ctx, dropped, ctx.statements[dropped.upto])
  end
  return dropped
end

-- Does an earlier statement drop the constraint, if it exists?  ADD CONSTRAINT has no IF NOT EXISTS.
local function is_dropped(ctx, relation, name) return dropped_before(ctx).constraints[relation .. "." .. name] end

local function missing_in_command(ctx, stmt)
  for command in ctx:alter_table(stmt) do
    local of, constraint = commands[command.subtype], command.subtype == "AT_AddConstraint" and command.def
    local words = of and of(command)
    if words then return words end
    if constraint and constraint.conname and not is_dropped(ctx, tree.name(stmt.tree.relation), constraint.conname) then
      return "DROP CONSTRAINT IF EXISTS before it"
    end
  end
end

-- IF NOT EXISTS would pass over the invalid index that a failed CREATE INDEX CONCURRENTLY leaves.
local function missing_in_index(ctx, index)
  if index.if_not_exists or not index.idxname or dropped_before(ctx).indexes[index.idxname] then return nil end
  return index.concurrent and "DROP INDEX CONCURRENTLY IF EXISTS before it" or "IF NOT EXISTS"
end

local function missing(ctx, stmt)
  local top = stmt.tree
  if top.relation and top.relation.relpersistence == "t" then return nil end
  if top.tag == "AlterTableStmt" then return missing_in_command(ctx, stmt) end
  if top.tag == "DropStmt" then return not top.missing_ok and "IF EXISTS" end
  if top.tag == "IndexStmt" then return missing_in_index(ctx, top) end
  return not top.if_not_exists and creates[top.tag]
end

return {
  id       = "missing-if-exists",
  aliases  = { "prefer-robust-stmts", "B01" },
  group    = "robust",
  severity = "note",
  summary  = "a file that is not one transaction cannot run again after a failure",
  why      = [[
If a later statement fails, this one is already committed, and fails when the file runs again. moonbird continues a file at
the statement that failed, so this rule is about files that another program runs.]],
  fix      = [[
Write IF EXISTS or IF NOT EXISTS, or make the file one transaction. Before CREATE INDEX CONCURRENTLY write DROP INDEX
CONCURRENTLY IF EXISTS: IF NOT EXISTS would pass over the invalid index that a failure leaves. lint takes a file for one
transaction unless it says otherwise, or moonbird.lua has lint = { transaction = false }.]],

  check = function(stmt, ctx)
    local words = ctx.migration.foreign and #ctx.statements > 1 and missing(ctx, stmt)
    if not words or is_atomic(ctx) then return end
    ctx:report { message = ("without %s, this fails when the file runs again after a failure"):format(words),
                 fix = ("Write %s, or make the file one transaction."):format(words) }
  end,

  rewrite = function(stmt, _, edit)
    if stmt.tree.tag == "IndexStmt" and stmt.tree.concurrent then return nil end
    return if_exists.add(stmt.tree, edit)
  end,

  rewrites = {
    { "CREATE TABLE a (id int);\nDROP INDEX CONCURRENTLY b_id;\nDROP MATERIALIZED VIEW totals;",
      "CREATE TABLE IF NOT EXISTS a (id int);\nDROP INDEX CONCURRENTLY IF EXISTS b_id;\nDROP MATERIALIZED VIEW IF EXISTS totals;",
      foreign = true },
    { "alter table app.a add b numeric(4, 2), drop column c, drop constraint d;\ncommit;\nselect 1;",
      "alter table app.a add if not exists b numeric(4, 2), drop column if exists c, drop constraint if exists d;\ncommit;\nselect 1;",
      foreign = true },
  },

  bad = {
    "CREATE TABLE a (id int); CREATE INDEX CONCURRENTLY b_id ON b (id);",
    "CREATE TABLE IF NOT EXISTS a (id int); CREATE INDEX CONCURRENTLY b_id ON b (id);",
    "DROP TABLE a; COMMIT; DROP TABLE b;",
    "ALTER TABLE a ADD COLUMN b int; COMMIT; SELECT 1;",
    "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0) NOT VALID; COMMIT; SELECT 1;",
  },
  good = {
    "CREATE TABLE a (id int); CREATE TABLE b (id int);",
    "BEGIN; CREATE TABLE a (id int); DROP TABLE b; COMMIT;",
    "SET lock_timeout = '1s'; BEGIN; CREATE TABLE a (id int); COMMIT; RESET lock_timeout;",
    "ALTER TABLE a DROP CONSTRAINT IF EXISTS c; ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0) NOT VALID; COMMIT; SELECT 1;",
    "ALTER TABLE a ENABLE ROW LEVEL SECURITY; COMMIT; ALTER TABLE a ALTER b SET NOT NULL;",
    "CREATE TEMPORARY TABLE a (id int) ON COMMIT DROP; COMMIT; SELECT 1;",
    "CREATE TABLE IF NOT EXISTS a (id int); DROP INDEX CONCURRENTLY IF EXISTS b_id; CREATE INDEX CONCURRENTLY b_id ON b (id);",
    "CREATE INDEX ON a (id); COMMIT; SELECT 1;",
  },
}

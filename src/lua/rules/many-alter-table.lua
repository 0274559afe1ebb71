local core = ...
local tree = core.require "lint.tree"

-- Commands that must be the only one of their statement.
local single = { AT_AttachPartition = true, AT_DetachPartition = true, AT_DetachPartitionFinalize = true }

local function can_join(statement)
  local top = statement and statement.tree
  return top and top.tag == "AlterTableStmt" and top.objtype == "OBJECT_TABLE" and not single[top.cmds[1].subtype]
end

local function has(statement, subtype)
  for _, command in ipairs(statement.tree.cmds) do
    if command.subtype == subtype then return true end
  end
  return false
end

-- In one statement, DROP CONSTRAINT comes before SET NOT NULL, which then reads the table, because no CHECK proves it.
local function needs_constraint(before, stmt) return has(before, "AT_SetNotNull") and has(stmt, "AT_DropConstraint") end

-- VALIDATE CONSTRAINT reads the table under a weaker lock than other commands, if it has its own transaction.
local function validates(statement) return has(statement, "AT_ValidateConstraint") end

return {
  id       = "many-alter-table",
  aliases  = { "W12", "L18" },
  group    = "lock",
  severity = "note",
  summary  = "two ALTER TABLE statements on one table can be one",
  why      = [[
ALTER TABLE takes several commands, separated by commas. PostgreSQL then reads or rewrites the table once for all of
them, and not once for each.]],
  fix      = [[
Write one ALTER TABLE with all commands.]],

  check = function(stmt, ctx)
    local before = ctx.statements[ctx.index - 1]
    if not can_join(stmt) or not can_join(before) or ctx:is_new(stmt.tree.relation) or needs_constraint(before, stmt)
       or validates(before) ~= validates(stmt) then return end
    local relation = tree.name(stmt.tree.relation)
    if tree.name(before.tree.relation) ~= relation or not ctx.held[relation] or not ctx:once("many-alter-table " .. relation) then return end
    ctx:report { at = stmt.tree.relation, message = "this ALTER TABLE and the one before it can be one statement",
                 fix = ("ALTER TABLE %s …, …;"):format(tree.sql_name(stmt.tree.relation)) }
  end,

  bad = {
    "ALTER TABLE users ADD COLUMN age int; ALTER TABLE users ADD COLUMN note text;",
    "ALTER TABLE users ADD CHECK (age > 0); ALTER TABLE public.users ADD CHECK (age < 200);",
  },
  good = {
    "ALTER TABLE users ADD COLUMN age int, ADD COLUMN note text;",
    "ALTER TABLE users ADD COLUMN age int; COMMIT; ALTER TABLE users ADD COLUMN note text;",
    "ALTER TABLE users ADD COLUMN age int; ALTER TABLE orders ADD COLUMN note text;",
    "CREATE TABLE users (id int); ALTER TABLE users ADD COLUMN age int; ALTER TABLE users ADD COLUMN note text;",
    "ALTER TABLE users ALTER email SET NOT NULL; ALTER TABLE users DROP CONSTRAINT users_email_not_null;",
    "ALTER TABLE users ADD CONSTRAINT adult CHECK (age > 17) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT adult;",
    "ALTER TABLE users VALIDATE CONSTRAINT adult; ALTER TABLE users ADD COLUMN note text;",
    "ALTER TABLE p ATTACH PARTITION a FOR VALUES IN (1); ALTER TABLE p ATTACH PARTITION b FOR VALUES IN (2);",
  },
}

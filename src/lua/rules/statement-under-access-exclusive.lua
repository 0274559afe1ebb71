local core = ...
local constraints = core.require "lint.schema.constraints"
local tree = core.require "lint.tree"

local code = { DoStmt = "DO", CallStmt = "CALL", ExecuteStmt = "EXECUTE" }
local changes = { Insert = true, Update = true, Delete = true }

-- Names what takes long in the statement; nil if nothing does, or if another rule says it.
local function what(ctx, top)
  if code[top.tag] then return "runs " .. code[top.tag] end
  for _, effect in ipairs(ctx.effects) do
    if effect.fact.scans and not changes[effect.key] and effect.relation and not ctx:is_new(effect.relation) then
      return "reads " .. effect.relation
    end
  end
  if top.tag == "CreateTableAsStmt" and not top.into.skipData then return "runs a query" end
  if top.tag == "SelectStmt" and tree.nodes(top.targetList, "FuncCall")() then return "calls a function" end
end

-- Settings and advisory locks.
local quick = { set_config = true, pg_advisory_xact_lock = true, setval = true, pg_notify = true, current_setting = true }

local function is_quick(top)
  if top.tag ~= "SelectStmt" or top.fromClause then return false end
  for call in tree.nodes(top.targetList, "FuncCall") do
    if not quick[call.funcname[#call.funcname]] then return false end
  end
  return true
end

-- validate-in-same-transaction reports it.
local function validates_new(ctx, stmt)
  for command in ctx:alter_table(stmt) do
    if command.subtype == "AT_ValidateConstraint" and constraints.added(ctx, stmt.tree.relation, command.name) then return true end
  end
  return false
end

return {
  id       = "statement-under-access-exclusive",
  aliases  = { "E4", "L14" },
  group    = "lock",
  severity = "warning",
  summary  = "a statement that can take long runs while the transaction holds ACCESS EXCLUSIVE",
  why      = [[
A lock is kept until the transaction ends. While a query, a block of code or a VALIDATE CONSTRAINT runs after a statement
that took ACCESS EXCLUSIVE on a table, all reads and writes of that table wait.]],
  fix      = [[
Run the statement first, or commit before it: write COMMIT between the two, or put it into a migration of its own.]],

  check = function(stmt, ctx)
    local held = not validates_new(ctx, stmt) and ctx:access_exclusive()
    if not held or ctx:blocking()[1] or is_quick(stmt.tree) then return end
    local does = what(ctx, stmt.tree)
    if does and ctx:once("statement-under-access-exclusive", true) then
      ctx:report { message = ("the statement %s while its transaction holds ACCESS EXCLUSIVE on %s, from line %d"):format(
        does, held.relation, held.line),
                   fix = "COMMIT;  -- before it" }
    end
  end,

  bad = {
    "ALTER TABLE users ADD COLUMN age int; SELECT count(*) FROM orders;",
    "ALTER TABLE users ADD COLUMN age int; DO $$ BEGIN PERFORM pg_sleep(1); END $$;",
    "ALTER TABLE users ADD COLUMN age int; ALTER TABLE orders VALIDATE CONSTRAINT positive;",
    "ALTER TABLE users ADD COLUMN age int; CREATE TABLE old AS SELECT * FROM orders;",
  },
  good = {
    "ALTER TABLE users ADD COLUMN age int; COMMIT; SELECT count(*) FROM orders;",
    "SELECT count(*) FROM orders; ALTER TABLE users ADD COLUMN age int;",
    "CREATE TABLE users (id int); ALTER TABLE users ADD COLUMN age int; SELECT count(*) FROM users;",
    "ALTER TABLE users ADD COLUMN age int; CREATE TABLE a (b int); COMMENT ON COLUMN users.age IS 'years';",
    "ALTER TABLE users ADD COLUMN age int; SELECT pg_catalog.set_config('search_path', '', false);",
  },
}

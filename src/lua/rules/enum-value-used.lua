local core = ...
local tree = core.require "lint.tree"

-- From this version on, a transaction can use the values that it added to a type that it created.
local NEW_TYPES = 170000

-- Where the transaction adds the values: value → the name of the type.
local function added(ctx)
  local values, any = {}, false
  for _, statement in ctx:earlier "AlterEnumStmt" do
    local top = statement.tree
    if not top.oldVal and not (ctx.version >= NEW_TYPES and ctx:is_new(top.typeName)) then
      values[top.newVal], any = tree.name(top.typeName), true
    end
  end
  return any and values
end

-- Does moonbird run the file again, with a commit after ADD VALUE?
local function runs_again(ctx) return not ctx.migration.foreign and not ctx.migration.lua end

return {
  id       = "enum-value-used",
  aliases  = { "T05", "enum-value-used-in-same-tx" },
  group    = "tx",
  severity = "error",
  summary  = "a new value of an enum is used in the transaction that adds it",
  why      = [[
PostgreSQL refuses this with "unsafe use of new value" (SQLSTATE 55P04). PostgreSQL 17 and later allow it if the same
transaction also created the type. moonbird rolls such an SQL file back and runs it again with a commit after ADD VALUE, so
it is not atomic. A Lua migration fails.]],
  fix      = [[
Put ALTER TYPE ... ADD VALUE into a migration before the one that uses the value.]],

  check = function(stmt, ctx)
    if stmt.tree.tag == "AlterEnumStmt" or stmt.tree.tag == "CommentStmt" then return end
    local values = added(ctx)
    if not values then return end
    for constant in tree.nodes(stmt.tree, "A_Const") do
      local of = type(constant.value) == "string" and values[constant.value]
      if of then
        return ctx:report { at = constant, severity = runs_again(ctx) and "note" or nil,
                            message = ("'%s' is used in the transaction that adds it to the type %s"):format(constant.value, of),
                            fix = "Put ALTER TYPE … ADD VALUE into a migration before this one." }
      end
    end
  end,

  bad = {
    "ALTER TYPE status ADD VALUE 'paused'; UPDATE jobs SET status = 'paused' WHERE stopped;",
    "ALTER TYPE status ADD VALUE 'new'; ALTER TABLE jobs ALTER COLUMN status SET DEFAULT 'new';",
  },
  good = {
    "CREATE TYPE status AS ENUM ('done'); ALTER TYPE status ADD VALUE 'new'; CREATE TABLE jobs (s status DEFAULT 'new');",
    "ALTER TYPE status ADD VALUE 'paused'; UPDATE jobs SET status = 'done' WHERE stopped;",
    "BEGIN; ALTER TYPE status ADD VALUE 'paused'; COMMIT; UPDATE jobs SET status = 'paused' WHERE stopped;",
  },
}

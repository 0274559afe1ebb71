local core = ...
local tree = core.require "lint.tree"

-- Does the expression prove that the column is not null: a IS NOT NULL, alone or joined by AND?
local function proves(expression, column)
  if expression.tag == "BoolExpr" and expression.boolop == "AND_EXPR" then
    for _, part in ipairs(expression.args) do
      if proves(part, column) then return true end
    end
  end
  return expression.tag == "NullTest" and expression.nulltesttype == "IS_NOT_NULL" and expression.arg.tag == "ColumnRef"
         and expression.arg.fields[#expression.arg.fields] == column
end

-- Did a statement before this one validate a CHECK constraint that proves it?
local function is_proved(ctx, relation, column)
  local checks = {}
  for i = 1, ctx.index - 1 do
    local statement = ctx.statements[i]
    for command in ctx:alter_table(statement, true) do
      local constraint = command.subtype == "AT_AddConstraint" and command.def
      if tree.name(statement.tree.relation) ~= relation then constraint = nil
      elseif constraint and constraint.contype == "CONSTR_CHECK" and proves(constraint.raw_expr, column) then
        if not constraint.skip_validation then return true end
        checks[constraint.conname or ""] = true
      elseif command.subtype == "AT_ValidateConstraint" and checks[command.name] then
        return true
      end
    end
  end
  return false
end

return {
  id       = "set-not-null-scan",
  aliases  = { "adding-not-nullable-field", "E2", "PG303", "MF104", "L13" },
  group    = "lock",
  severity = "error",
  summary  = "SET NOT NULL reads the whole table while reads and writes wait",
  why      = [[
SET NOT NULL takes ACCESS EXCLUSIVE and keeps it while it looks for NULL in every row. If a valid CHECK constraint
proves that there is none, PostgreSQL 12 and later read no row.]],
  fix      = [[
Add a CHECK constraint with NOT VALID, validate it in a transaction of its own, then SET NOT NULL and drop the
constraint.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      if command.subtype == "AT_SetNotNull" and not is_proved(ctx, tree.name(stmt.tree.relation), command.name) then
        local name = stmt.tree.relation.relname
        ctx:report { relation = stmt.tree.relation,
                     message = ("SET NOT NULL reads all rows of %s while reads and writes wait"):format(name),
                     fix = ([[
ALTER TABLE %s ADD CONSTRAINT %s_%s_not_null CHECK (%s IS NOT NULL) NOT VALID;
ALTER TABLE %s VALIDATE CONSTRAINT %s_%s_not_null;  -- in a later transaction
ALTER TABLE %s ALTER COLUMN %s SET NOT NULL;
ALTER TABLE %s DROP CONSTRAINT %s_%s_not_null;]]):format(name, name, command.name, command.name, name, name, command.name,
                                                          name, command.name, name, name, command.name) }
      end
    end
  end,

  bad = {
    "ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
    "ALTER TABLE users ADD CONSTRAINT c CHECK (email IS NOT NULL) NOT VALID; ALTER TABLE users ALTER email SET NOT NULL;",
  },
  good = {
    [[ALTER TABLE users ADD CONSTRAINT c CHECK (email IS NOT NULL) NOT VALID;
COMMIT;
ALTER TABLE users VALIDATE CONSTRAINT c;
ALTER TABLE users ALTER email SET NOT NULL;]],
    "CREATE TABLE users (email text); ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
  },
}

local core = ...
local constraint_rewrite = core.require "lint.fix.constraint"
local safe = core.require "lint.safe"
local tree = core.require "lint.tree"

local function of_column(ctx, relation, column)
  local check = tree.constraint(column, "CONSTR_CHECK")
  if not check then return end
  ctx:report { at = check, relation = relation,
               message = ("the CHECK of the new column %s reads all rows of %s while reads and writes wait"):format(
                 column.colname, relation.relname),
               fix = ([[
%s
ALTER TABLE %s ADD CONSTRAINT %s CHECK (…) NOT VALID;
ALTER TABLE %s VALIDATE CONSTRAINT %s;  -- in a later transaction]]):format(
                 safe.column(relation, column), tree.sql_name(relation), safe.constraint_name(relation, check, column.colname),
                 tree.sql_name(relation), safe.constraint_name(relation, check, column.colname)) }
end

return {
  id       = "add-check-validating",
  aliases  = { "constraint-missing-not-valid", "E1", "PG305", "add_check_constraint", "L07" },
  group    = "lock",
  severity = "error",
  summary  = "a new CHECK constraint reads the whole table while reads and writes wait",
  why      = [[
ADD CONSTRAINT ... CHECK takes ACCESS EXCLUSIVE and keeps it while it checks every row. SELECT, INSERT, UPDATE and DELETE
wait. The CHECK of a new column does the same, even if all rows have NULL there.]],
  fix      = [[
Add the constraint with NOT VALID, which checks new rows only, and validate it in a later transaction. VALIDATE
CONSTRAINT takes SHARE UPDATE EXCLUSIVE, which allows reads and writes.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local constraint = command.subtype == "AT_AddConstraint" and command.def
      local relation = stmt.tree.relation
      if constraint and constraint.contype == "CONSTR_CHECK" and not constraint.skip_validation then
        ctx:report { at = constraint, relation = relation,
                     message = ("the CHECK constraint reads all rows of %s while reads and writes wait"):format(relation.relname),
                     fix = safe.not_valid(stmt, constraint) }
      elseif command.subtype == "AT_AddColumn" then
        of_column(ctx, relation, command.def)
      end
    end
  end,

  rewrite = function(stmt, _, edit) return constraint_rewrite.validate_later(stmt, edit, "CONSTR_CHECK") end,

  rewrites = {
    { "ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0);",
      [[
ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID;
COMMIT;

ALTER TABLE orders VALIDATE CONSTRAINT positive;]] },
    { [[
ALTER TABLE orders
  ADD COLUMN discount int DEFAULT 0 CHECK (discount < 100), -- percent
  ADD CHECK (a < b);]],
      [[
ALTER TABLE orders
  ADD COLUMN discount int DEFAULT 0, ADD CONSTRAINT orders_discount_check CHECK (discount < 100) NOT VALID, -- percent
  ADD CONSTRAINT orders_check CHECK (a < b) NOT VALID;
COMMIT;

ALTER TABLE orders VALIDATE CONSTRAINT orders_discount_check;
ALTER TABLE orders VALIDATE CONSTRAINT orders_check;]] },
  },

  bad = {
    "ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0);",
    "ALTER TABLE orders ADD CHECK (amount > 0);",
    "ALTER TABLE orders ADD COLUMN discount int CHECK (discount < 100);",
  },
  good = {
    "ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID;",
    "CREATE TABLE orders (amount int); ALTER TABLE orders ADD CHECK (amount > 0);",
    "ALTER TABLE orders VALIDATE CONSTRAINT positive;",
  },
}

local core = ...
local constraint_rewrite = core.require "lint.fix.constraint"
local safe = core.require "lint.safe"
local tree = core.require "lint.tree"

-- The foreign key of a new column reads the rows only if the column has a default.
local function of_column(ctx, relation, column)
  local constraint = tree.constraint(column, "CONSTR_FOREIGN")
  local default = tree.constraint(column, "CONSTR_DEFAULT")
  if not constraint or not default or default.raw_expr.isnull then return end
  ctx:report { at = constraint, relation = relation,
               message = ("the foreign key of the new column %s reads all rows of %s while reads and writes of it wait"):format(
                 column.colname, relation.relname),
               fix = safe.column(relation, column) .. "  -- then the foreign key with NOT VALID" }
end

-- Another command of the same ALTER TABLE can take a stronger lock.
local function message(ctx, relation, constraint)
  local words = ctx:waits(relation) == "reads and writes" and "the foreign key reads all rows of %s while reads and writes of it, and writes to %s, wait"
    or "the foreign key reads all rows of %s while writes to it and to %s wait"
  return words:format(relation.relname, constraint.pktable.relname)
end

return {
  id       = "add-foreign-key-validating",
  aliases  = { "adding-foreign-key-constraint", "constraint-missing-not-valid", "E1", "PG306", "L06", "add-fk-validating",
               "add_foreign_key", "add_reference" },
  group    = "lock",
  severity = "error",
  summary  = "a new foreign key reads the whole table while writes to both tables wait",
  why      = [[
ADD FOREIGN KEY takes SHARE ROW EXCLUSIVE on the table and on the table that it references, and keeps both while it
checks every row. INSERT, UPDATE and DELETE wait on both.]],
  fix      = [[
Add the constraint with NOT VALID, which checks new rows only, and validate it in a later transaction. VALIDATE
CONSTRAINT takes SHARE UPDATE EXCLUSIVE, which allows writes.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local constraint = command.subtype == "AT_AddConstraint" and command.def
      if constraint and constraint.contype == "CONSTR_FOREIGN" and not constraint.skip_validation then
        ctx:report { at = constraint, relation = stmt.tree.relation,
                     message = message(ctx, stmt.tree.relation, constraint),
                     fix = safe.not_valid(stmt, constraint) }
      elseif command.subtype == "AT_AddColumn" then
        of_column(ctx, stmt.tree.relation, command.def)
      end
    end
  end,

  -- Before PostgreSQL 18, a foreign key of a partitioned table cannot be NOT VALID.
  rewrite = function(stmt, ctx, edit)
    if ctx.version < 180000 and ctx:is_partitioned(stmt.tree.relation) then return nil end
    return constraint_rewrite.validate_later(stmt, edit, "CONSTR_FOREIGN")
  end,

  rewrites = {
    { "ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users (id);",
      [[
ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;
COMMIT;

ALTER TABLE orders VALIDATE CONSTRAINT orders_user;]] },
    { [[
BEGIN;
alter table only app.orders
  add foreign key (user_id) references users (id) on delete cascade deferrable /* for the import */;
CREATE TABLE notes (id uuid PRIMARY KEY);
COMMIT;]],
      [[
BEGIN;
alter table only app.orders
  add constraint orders_user_id_fkey foreign key (user_id) references users (id) on delete cascade deferrable not valid /* for the import */;
CREATE TABLE notes (id uuid PRIMARY KEY);
COMMIT;
alter table only app.orders validate constraint orders_user_id_fkey;]] },
  },

  bad = {
    "ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users (id);",
    "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id);",
    "ALTER TABLE orders ADD COLUMN kind int, ADD FOREIGN KEY (kind) REFERENCES kinds;",
    "ALTER TABLE orders ADD COLUMN kind int NOT NULL DEFAULT 1 REFERENCES kinds;",
  },
  good = {
    "ALTER TABLE orders ADD COLUMN kind int REFERENCES kinds;",
    "ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;",
    "CREATE TABLE orders (user_id bigint); ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id);",
  },
}

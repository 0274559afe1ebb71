local core = ...
local constraints = core.require "lint.schema.constraints"
local transaction = core.require "lint.transaction"
local tree = core.require "lint.tree"

local keeps = { CONSTR_FOREIGN = "SHARE ROW EXCLUSIVE" }
local blocks = { CONSTR_FOREIGN = "writes wait" }

return {
  id       = "validate-in-same-transaction",
  aliases  = { "validate_check_constraint", "validate_foreign_key", "constraint-missing-not-valid", "L08" },
  group    = "lock",
  severity = "error",
  summary  = "VALIDATE CONSTRAINT in the transaction that added the constraint reads the table under the strong lock",
  why      = [[
ADD CONSTRAINT ... NOT VALID takes ACCESS EXCLUSIVE, or SHARE ROW EXCLUSIVE for a foreign key, until the transaction
ends. If VALIDATE CONSTRAINT runs in the same transaction, other sessions wait while it reads the table: NOT VALID has no
effect.]],
  fix      = [[
Commit between the two statements: write COMMIT between them, or put VALIDATE CONSTRAINT into the next migration.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local relation = tree.name(stmt.tree.relation)
      local constraint = command.subtype == "AT_ValidateConstraint" and constraints.added(ctx, stmt.tree.relation, command.name)
      if constraint then
        ctx:report { relation = stmt.tree.relation,
                     message = ("VALIDATE CONSTRAINT %s reads %s while its transaction holds %s from ADD CONSTRAINT, so %s"):format(
                       command.name, relation, keeps[constraint.contype] or "ACCESS EXCLUSIVE",
                       blocks[constraint.contype] or "reads and writes wait"),
                     fix = ("COMMIT;\n%s;"):format(stmt.text) }
      end
    end
  end,

  rewrite = function(stmt, ctx, edit)
    local migration = ctx.migration
    if migration.lua or migration.foreign or transaction.is_open(ctx.statements, ctx.index) then return nil end
    return edit:keyword "COMMIT" .. ";\n\n" .. stmt.text
  end,

  rewrites = {
    { [[
ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT positive;]],
      [[
ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID;
COMMIT;

ALTER TABLE orders VALIDATE CONSTRAINT positive;]] },
    { [[
alter table orders add constraint u foreign key (user_id) references users not valid;
alter table orders validate constraint u; -- it has been checked]],
      [[
alter table orders add constraint u foreign key (user_id) references users not valid;
commit;

alter table orders validate constraint u; -- it has been checked]] },
  },

  bad = {
    [[ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT positive;]],
    [[BEGIN;
ALTER TABLE orders ADD CONSTRAINT of_user FOREIGN KEY (user_id) REFERENCES users NOT VALID;
ALTER TABLE public.orders VALIDATE CONSTRAINT of_user;
COMMIT;]],
  },
  good = {
    [[ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID;
COMMIT;
ALTER TABLE orders VALIDATE CONSTRAINT positive;]],
    "ALTER TABLE orders VALIDATE CONSTRAINT positive;",
    [[CREATE TABLE orders (amount int);
ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount > 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT positive;]],
  },
}

local core = ...
local constraints = core.require "lint.schema.constraints"
local tree = core.require "lint.tree"

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
constraint. If no database is given, the rule knows the CHECK constraints of the same migration only.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local relation, column = stmt.tree.relation, command.name
      if command.subtype == "AT_SetNotNull" and not constraints.is_not_null(ctx, tree.name(relation), column) then
        local on, quoted = tree.sql_name(relation), tree.quoted(column)
        local check = tree.quoted(("%s_%s_not_null"):format(relation.relname, column))
        ctx:report { relation = relation,
                     message = ("SET NOT NULL reads all rows of %s while reads and writes wait"):format(relation.relname),
                     fix = ([[
ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID;
ALTER TABLE %s VALIDATE CONSTRAINT %s;  -- in a later transaction
ALTER TABLE %s ALTER COLUMN %s SET NOT NULL;
ALTER TABLE %s DROP CONSTRAINT %s;]]):format(on, check, quoted, on, check, on, quoted, on, check) }
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

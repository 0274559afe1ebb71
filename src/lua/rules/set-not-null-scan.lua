local core = ...
local constraint_rewrite = core.require "lint.fix.constraint"
local constraints = core.require "lint.schema.constraints"
local tree = core.require "lint.tree"

return {
  id       = "set-not-null-scan",
  aliases  = { "adding-not-nullable-field", "E2", "PG303", "MF104", "L13",
               "change_column_null", "change_column_null_postgresql", "change_column_with_not_null" },
  group    = "lock",
  severity = "error",
  summary  = "SET NOT NULL reads the whole table while reads and writes wait",
  why      = [[
SET NOT NULL takes ACCESS EXCLUSIVE and keeps it while it looks for NULL in every row. If a valid CHECK constraint
proves that there is none, PostgreSQL 12 and later read no row.]],
  fix      = [[
Add a CHECK constraint with NOT VALID, validate it in a transaction of its own, then SET NOT NULL and drop the
constraint. If no database is given, the rule knows the CHECK constraints of the checked migrations only; of another one that
the migration validates, it believes the name.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local relation, column = stmt.tree.relation, command.name
      if command.subtype == "AT_SetNotNull" and not constraints.is_not_null(ctx, tree.name(relation), column) then
        local on, quoted = tree.sql_name(relation), tree.quoted(column)
        -- PostgreSQL 18 names the NOT NULL constraint users_email_not_null.
        local check = tree.quoted(("%s_%s_is_not_null"):format(relation.relname, column))
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

  -- A command of another kind would move to the later transaction, too.
  rewrite = function(stmt, _, edit)
    local top, add, validate, drop = stmt.tree, {}, {}, {}
    local alter = constraint_rewrite.alter_table(top, edit)
    for i, command in ipairs(top.cmds) do
      local name = constraint_rewrite.name(top.relation.relname, command.name or "", "is_not_null")
      if command.subtype ~= "AT_SetNotNull" or not name then return nil end
      add[i] = ("%s %s %s (%s %s) %s"):format(edit:keyword "ADD CONSTRAINT", name, edit:keyword "CHECK",
                                              tree.quoted(command.name), edit:keyword "IS NOT NULL", edit:keyword "NOT VALID")
      validate[i] = ("%s %s %s;\n"):format(alter, edit:keyword "VALIDATE CONSTRAINT", name)
      drop[i] = ("%s %s"):format(edit:keyword "DROP CONSTRAINT", name)
    end
    return ("%s %s"):format(alter, table.concat(add, ", ")),
           ("%s%s;\n%s %s"):format(table.concat(validate), stmt.text, alter, table.concat(drop, ", "))
  end,

  rewrites = {
    { "ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
      [[
ALTER TABLE users ADD CONSTRAINT users_email_is_not_null CHECK (email IS NOT NULL) NOT VALID;
COMMIT;

ALTER TABLE users VALIDATE CONSTRAINT users_email_is_not_null;
ALTER TABLE users ALTER COLUMN email SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT users_email_is_not_null;]] },
    { [[
-- moonbird: transaction=off
ALTER TABLE users
  ALTER COLUMN email SET NOT NULL, -- since 2024
  ALTER name SET NOT NULL;]],
      [[
-- moonbird: transaction=off
ALTER TABLE users ADD CONSTRAINT users_email_is_not_null CHECK (email IS NOT NULL) NOT VALID, ADD CONSTRAINT users_name_is_not_null CHECK (name IS NOT NULL) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT users_email_is_not_null;
ALTER TABLE users VALIDATE CONSTRAINT users_name_is_not_null;
ALTER TABLE users
  ALTER COLUMN email SET NOT NULL, -- since 2024
  ALTER name SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT users_email_is_not_null, DROP CONSTRAINT users_name_is_not_null;]] },
  },

  bad = {
    "ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
    "ALTER TABLE users ADD CONSTRAINT c CHECK (email IS NOT NULL) NOT VALID; ALTER TABLE users ALTER email SET NOT NULL;",
    "ALTER TABLE users VALIDATE CONSTRAINT users_email_fkey; ALTER TABLE users ALTER email SET NOT NULL;",
    "ALTER TABLE users ADD COLUMN a int NOT NULL; ALTER TABLE users ALTER a DROP NOT NULL; ALTER TABLE users ALTER a SET NOT NULL;",
  },
  good = {
    [[ALTER TABLE users ADD CONSTRAINT c CHECK (email IS NOT NULL) NOT VALID;
COMMIT;
ALTER TABLE users VALIDATE CONSTRAINT c;
ALTER TABLE users ALTER email SET NOT NULL;]],
    "ALTER TABLE users ADD COLUMN a int NOT NULL DEFAULT 0; ALTER TABLE users ALTER COLUMN a SET NOT NULL;",
    "ALTER TABLE users VALIDATE CONSTRAINT users_email_not_null; ALTER TABLE users ALTER email SET NOT NULL;",
    [[ALTER TABLE users VALIDATE CONSTRAINT has_email;
ALTER TABLE users ALTER email SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT has_email;]],
    "CREATE TABLE users (email text); ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
  },
}

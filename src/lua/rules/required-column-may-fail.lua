local core = ...
local tree = core.require "lint.tree"
local volatile = core.require "lint.tree.volatile"

local filled = { "CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED" }

-- Is the column NOT NULL, and has nothing that fills it in the rows that exist?
local function lacks_value(column)
  if not tree.constraint(column, "CONSTR_NOTNULL") and not tree.constraint(column, "CONSTR_PRIMARY") then return false end
  for _, kind in ipairs(filled) do
    if tree.constraint(column, kind) then return false end
  end
  return not volatile.is_serial(column)
end

return {
  id       = "required-column-may-fail",
  aliases  = { "adding-required-field", "MF103", "D07" },
  group    = "data",
  severity = "error",
  summary  = "a new NOT NULL column without a default fails if the table has rows",
  why      = [[
The rows that exist get NULL in the new column, and PostgreSQL refuses the statement ("column contains null values",
SQLSTATE 23502). On an empty table it works, so a test may not show it. Programs that do not know the column cannot
insert rows from then on.]],
  fix      = [[
Add the column with a default, or as a column that can be NULL, fill it, and set NOT NULL in a later migration.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local column = command.subtype == "AT_AddColumn" and command.def
      if column and lacks_value(column) then
        ctx:report { at = column, relation = stmt.tree.relation,
                     message = ("the NOT NULL column %s has no default, so this fails if %s has rows"):format(
                       column.colname, tree.name(stmt.tree.relation)),
                     fix = "Add DEFAULT …, or add the column without NOT NULL, fill it, and set NOT NULL later." }
      end
    end
  end,

  bad = {
    "ALTER TABLE users ADD COLUMN email text NOT NULL;",
    "ALTER TABLE users ADD COLUMN a int, ADD COLUMN b uuid PRIMARY KEY;",
  },
  good = {
    "ALTER TABLE users ADD COLUMN kind text NOT NULL DEFAULT 'guest';",
    "ALTER TABLE users ADD COLUMN n bigint NOT NULL GENERATED ALWAYS AS IDENTITY;",
    "CREATE TABLE users (id int); ALTER TABLE users ADD COLUMN email text NOT NULL;",
    "ALTER TABLE users ADD COLUMN email text;",
  },
}

local core = ...
local tree = core.require "lint.tree"

return {
  id       = "drop-not-null",
  aliases  = { "ban-drop-not-null", "D02" },
  group    = "data",
  severity = "warning",
  rollback = false,
  summary  = "a column that was never NULL can become NULL, which programs may not expect",
  why      = [[
Programs that read the column may fail at the first NULL. When such rows exist, NOT NULL cannot be set again until they
are filled.]],
  fix      = [[
First deploy programs that accept NULL in the column. Then drop NOT NULL.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      if command.subtype == "AT_DropNotNull" then
        ctx:report { relation = stmt.tree.relation,
                     message = ("programs that read %s.%s may not expect NULL"):format(tree.name(stmt.tree.relation), command.name),
                     fix = "First deploy programs that accept NULL in the column." }
      end
    end
  end,

  bad = { "ALTER TABLE users ALTER COLUMN email DROP NOT NULL;", "ALTER TABLE users ADD a int, ALTER email DROP NOT NULL;" },
  good = {
    "CREATE TABLE users (email text NOT NULL); ALTER TABLE users ALTER COLUMN email DROP NOT NULL;",
    "ALTER TABLE users ALTER COLUMN email DROP DEFAULT;",
  },
}

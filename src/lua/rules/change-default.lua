local core = ...
local changed_rows = core.require "lint.tree.changed_rows"
local tree = core.require "lint.tree"

return {
  id       = "change-default",
  aliases  = { "change_column_default", "C06" },
  group    = "compat",
  severity = "off",
  summary  = "programs that write all columns go on writing the old default",
  why      = [[
Some libraries read the defaults of a table when they start, and name every column in INSERT. They write the old default
until they start again, so rows of both kinds arrive. Turn this rule on if your programs do this.]],
  fix      = [[
Deploy programs that write the column themselves, change the default, and then deploy programs that leave the column out.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local relation = tree.name(stmt.tree.relation)
      if command.subtype == "AT_ColumnDefault" and not changed_rows.new_columns(ctx, relation)[command.name] then
        ctx:report { relation = stmt.tree.relation,
                     message = ("programs that know the old default of %s.%s go on writing it"):format(relation, command.name),
                     fix = "First deploy programs that write the column themselves." }
      end
    end
  end,

  bad = { "ALTER TABLE users ALTER COLUMN plan SET DEFAULT 'basic';", "ALTER TABLE users ADD COLUMN a int, ALTER plan DROP DEFAULT;" },
  good = {
    "ALTER TABLE users ADD COLUMN plan text; ALTER TABLE users ALTER plan SET DEFAULT 'basic';",
    "CREATE TABLE users (plan text); ALTER TABLE users ALTER plan SET DEFAULT 'basic';",
    "ALTER TABLE users ADD COLUMN plan text DEFAULT 'basic';",
  },
}

local core = ...
local tree = core.require "lint.tree"

return {
  id       = "drop-table",
  aliases  = { "ban-drop-table", "DS102", "create_table", "D01" },
  group    = "data",
  severity = "error",
  summary  = "DROP TABLE deletes all rows of the table",
  why      = [[
The rows are gone when the migration commits, and a rollback creates an empty table. Programs that use the table fail.
DROP TABLE takes ACCESS EXCLUSIVE, also on tables that its foreign keys reference. CASCADE also drops the views and the
foreign keys that depend on the table.]],
  fix      = [[
First deploy programs that do not use the table. Make a backup, such as pg_dump --table. Then drop the table in a
migration of its own, with a comment that says why: -- lint: ignore drop-table REASON.]],

  check = function(stmt, ctx)
    local drop = stmt.tree
    if drop.tag ~= "DropStmt" or drop.removeType ~= "OBJECT_TABLE" then return end
    local cascade = drop.behavior == "DROP_CASCADE" and ", and the views and foreign keys that depend on it" or ""
    for _, name in ipairs(drop.objects) do
      if not ctx:is_new(name) and not ctx:is_undone(name) then
        ctx:report { relation = name, message = ("DROP TABLE deletes %s with all rows%s"):format(tree.name(name), cascade),
                     fix = ("-- after a backup, when no program uses the table:\n-- lint: ignore drop-table REASON\n%s;"):format(stmt.text) }
      end
    end
  end,

  bad = { "DROP TABLE users;", "DROP TABLE IF EXISTS app.users, app.orders CASCADE;" },
  good = {
    "CREATE TABLE old_ids AS SELECT id FROM users; DROP TABLE old_ids;",
    "CREATE TEMPORARY TABLE t (a int); DROP TABLE t;",
    "DROP VIEW active_users;",
  },
}

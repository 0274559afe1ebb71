return {
  id       = "truncate-table",
  aliases  = { "truncate", "L21" },
  group    = "lock",
  severity = "error",
  summary  = "TRUNCATE deletes all rows, and blocks reads and writes",
  why      = [[
TRUNCATE takes ACCESS EXCLUSIVE. It is short, but it waits for every transaction that uses the table, and all other
sessions wait behind it. All rows are lost, and older snapshots see an empty table.]],
  fix      = [[
If the rows are not needed, delete them in batches with a backfill. If the table is not needed, drop it in a migration of
its own.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    if top.tag ~= "TruncateStmt" or top.behavior == "DROP_CASCADE" then return end
    for _, relation in ipairs(top.relations) do
      if not ctx:is_new(relation) then
        ctx:report { at = relation, relation = relation,
                     message = ("TRUNCATE deletes all rows of %s, and blocks reads and writes of it"):format(relation.relname) }
      end
    end
  end,

  bad = { "TRUNCATE users;", "TRUNCATE TABLE ONLY app.users, orders RESTART IDENTITY;" },
  good = {
    "CREATE TABLE users (id int); INSERT INTO users VALUES (1); TRUNCATE users;",
    "CREATE TEMPORARY TABLE t (a int); TRUNCATE t;",
    "TRUNCATE users CASCADE;",
  },
}

local subtypes = { AT_SetAccessMethod = true }

return {
  id       = "set-access-method",
  aliases  = { "PG311", "R06" },
  group    = "rewrite",
  severity = "error",
  summary  = "SET ACCESS METHOD rewrites the table while reads and writes wait",
  why      = [[
PostgreSQL writes the whole table and its indexes again under ACCESS EXCLUSIVE. The command exists since PostgreSQL 15.]],
  fix      = [[
Create a new table with the access method, copy the rows in batches with a backfill, and rename.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      if subtypes[command.subtype] then
        ctx:report { at = stmt.tree.relation, relation = stmt.tree.relation,
                     message = ("SET ACCESS METHOD rewrites %s while reads and writes wait"):format(stmt.tree.relation.relname) }
      end
    end
  end,

  bad = { "ALTER TABLE users SET ACCESS METHOD columnar;", "ALTER TABLE app.users SET ACCESS METHOD heap;" },
  good = {
    "CREATE TABLE users (id int) USING heap;",
    "CREATE TABLE users (id int); ALTER TABLE users SET ACCESS METHOD columnar;",
  },
}

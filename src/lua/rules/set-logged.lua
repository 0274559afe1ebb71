local words = { AT_SetLogged = "SET LOGGED", AT_SetUnLogged = "SET UNLOGGED" }

return {
  id       = "set-logged",
  aliases  = { "PG307", "R05" },
  group    = "rewrite",
  severity = "error",
  summary  = "SET LOGGED and SET UNLOGGED rewrite the table while reads and writes wait",
  why      = [[
PostgreSQL writes the whole table and its indexes again under ACCESS EXCLUSIVE. SET LOGGED also writes them to the WAL. An
unlogged table is empty after a crash, and on standby servers.]],
  fix      = [[
Create a new table of the other kind, copy the rows in batches with a backfill, and rename.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      if words[command.subtype] then
        ctx:report { at = stmt.tree.relation, relation = stmt.tree.relation,
                     message = ("%s rewrites %s while reads and writes wait"):format(words[command.subtype], stmt.tree.relation.relname) }
      end
    end
  end,

  bad = { "ALTER TABLE users SET UNLOGGED;", "ALTER TABLE app.users SET LOGGED;" },
  good = { "CREATE UNLOGGED TABLE users (id int); ALTER TABLE users SET LOGGED;", "CREATE UNLOGGED TABLE t (a int);" },
}

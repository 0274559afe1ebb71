return {
  id       = "drop-database",
  aliases  = { "ban-drop-database" },
  group    = "data",
  severity = "error",
  summary  = "DROP DATABASE deletes a database",
  why      = [[
DROP DATABASE deletes all schemas and rows of the database at once. It cannot be rolled back. A server can hold databases
of other programs, and the name in the file may be that of another environment.]],
  fix      = [[
Drop a database by hand, after a backup, not in a migration.]],

  check = function(stmt, ctx)
    if stmt.tree.tag ~= "DropdbStmt" then return end
    ctx:report { message = ("DROP DATABASE deletes %s"):format(stmt.tree.dbname), fix = "Drop the database by hand." }
  end,

  bad = { "DROP DATABASE app;", "DROP DATABASE IF EXISTS app WITH (FORCE);" },
  good = { "DROP SCHEMA app;", "CREATE DATABASE app;" },
}

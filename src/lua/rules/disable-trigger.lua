local disabled = { AT_DisableTrig = true, AT_DisableTrigAll = true, AT_DisableTrigUser = true }

return {
  id       = "disable-trigger",
  aliases  = {},
  group    = "lock",
  severity = "warning",
  summary  = "DISABLE TRIGGER blocks writes, and turns the trigger off for all sessions",
  why      = [[
DISABLE TRIGGER takes SHARE ROW EXCLUSIVE on the table until the transaction ends, which blocks INSERT, UPDATE and
DELETE. After the commit, the trigger fires in no session. ALL includes the triggers that check foreign keys: rows that
break them get in, and nothing checks these rows later.]],
  fix      = [[
To change rows without triggers in one session only: SET LOCAL session_replication_role = replica, which needs
superuser rights or, since PostgreSQL 15, a grant. To remove the trigger for good, drop it.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      if disabled[command.subtype] then
        ctx:report { at = stmt.tree.relation,
                     message = ("DISABLE TRIGGER %s blocks writes to %s, and applies to all sessions"):format(
                       command.name or command.subtype:match "All$" and "ALL" or "USER", stmt.tree.relation.relname),
                     fix = "SET LOCAL session_replication_role = replica;" }
      end
    end
  end,

  bad = { "ALTER TABLE users DISABLE TRIGGER audit;", "ALTER TABLE app.users DISABLE TRIGGER ALL;" },
  good = {
    "ALTER TABLE users ENABLE TRIGGER audit;",
    "CREATE TABLE users (id int); ALTER TABLE users DISABLE TRIGGER ALL;",
  },
}

local INSTEAD_OF = 64 -- of a view: TRIGGER_TYPE_INSTEAD in PostgreSQL's pg_trigger.h

return {
  id       = "create-trigger",
  aliases  = { "PG308", "L17" },
  group    = "lock",
  severity = "note",
  summary  = "CREATE TRIGGER blocks writes, and makes later writes to the table more expensive",
  why      = [[
CREATE TRIGGER takes SHARE ROW EXCLUSIVE on the table. It is short, but it waits for every transaction that has written
to the table, and later INSERT, UPDATE and DELETE wait behind it.]],
  fix      = [[
Run it in a migration of its own, with a short lock_timeout.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    if top.tag ~= "CreateTrigStmt" or top.timing == INSTEAD_OF or ctx:is_new(top.relation) then return end
    ctx:report { at = top.relation,
                 message = ("CREATE TRIGGER blocks writes to %s until the transaction ends"):format(top.relation.relname) }
  end,

  bad = {
    "CREATE TRIGGER audit AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION audit();",
    "CREATE CONSTRAINT TRIGGER audit AFTER INSERT ON app.users FOR EACH ROW EXECUTE FUNCTION audit();",
  },
  good = {
    "CREATE TABLE users (id int); CREATE TRIGGER audit AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION audit();",
    "CREATE TRIGGER i INSTEAD OF INSERT ON view_of_users FOR EACH ROW EXECUTE FUNCTION f();",
  },
}

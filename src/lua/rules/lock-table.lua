local core = ...
local locks = core.require "facts.lock_modes"

return {
  id       = "lock-table",
  aliases  = { "L23" },
  group    = "lock",
  severity = "warning",
  summary  = "LOCK TABLE blocks other sessions until the transaction ends",
  why      = [[
Without a mode, LOCK TABLE takes ACCESS EXCLUSIVE, which blocks reads and writes. SHARE, SHARE ROW EXCLUSIVE and
EXCLUSIVE block writes. The lock is kept until the transaction ends.]],
  fix      = [[
Leave it out if the statements that follow take the locks that they need. Otherwise name the weakest mode that is enough,
and keep the transaction short.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    local mode = top.tag == "LockStmt" and locks.modes[top.mode]
    if not mode or not locks.blocks(mode) then return end
    for _, relation in ipairs(top.relations) do
      if not ctx:is_new(relation) then
        ctx:report { at = relation, message = ("LOCK TABLE blocks %s of %s until the transaction ends"):format(
          locks.blocks(mode), relation.relname) }
      end
    end
  end,

  bad = { "LOCK TABLE users;", "LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;", "LOCK app.users IN ACCESS EXCLUSIVE MODE NOWAIT;" },
  good = {
    "LOCK TABLE users IN ROW EXCLUSIVE MODE;",
    "LOCK TABLE users IN SHARE UPDATE EXCLUSIVE MODE;",
    "CREATE TABLE users (id int); LOCK TABLE users;",
  },
}

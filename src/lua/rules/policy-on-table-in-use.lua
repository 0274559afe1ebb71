local security = { AT_EnableRowSecurity = "ENABLE ROW LEVEL SECURITY", AT_DisableRowSecurity = "DISABLE ROW LEVEL SECURITY",
                   AT_ForceRowSecurity = "FORCE ROW LEVEL SECURITY", AT_NoForceRowSecurity = "NO FORCE ROW LEVEL SECURITY" }

-- A migration often does this for many tables: one finding says it.
local function report(ctx, relation, what)
  if not ctx:once "policy" then return end
  ctx:report { at = relation, message = ("%s blocks reads and writes of %s until the transaction ends"):format(what, relation.relname) }
end

return {
  id       = "policy-on-table-in-use",
  aliases  = { "L25" },
  group    = "lock",
  severity = "note",
  summary  = "a change of row security blocks reads and writes of the table",
  why      = [[
CREATE POLICY, ALTER POLICY and ... ROW LEVEL SECURITY take ACCESS EXCLUSIVE. They are short, but they wait for every
transaction that uses the table, and all other sessions wait behind them.]],
  fix      = [[
Run them in a migration of their own, with a short lock_timeout. Create the policies before ENABLE ROW LEVEL SECURITY,
which hides all rows from roles without a policy.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    if top.tag == "CreatePolicyStmt" or top.tag == "AlterPolicyStmt" then
      if not ctx:is_new(top.table) then report(ctx, top.table, top.tag == "CreatePolicyStmt" and "CREATE POLICY" or "ALTER POLICY") end
    end
    for command in ctx:alter_table(stmt) do
      if security[command.subtype] then report(ctx, top.relation, security[command.subtype]) end
    end
  end,

  bad = { "CREATE POLICY own ON users USING (owner = current_user);", "ALTER TABLE app.users ENABLE ROW LEVEL SECURITY;" },
  good = {
    "CREATE TABLE users (owner text); ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON users;",
    "ALTER TABLE users ADD COLUMN a int;",
  },
}

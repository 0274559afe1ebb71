local core = ...
local find = core.require "lint.find"
local tree = core.require "lint.tree"

local words = { AT_DisableRowSecurity = "all roles with SELECT or UPDATE see or change all rows of %s",
                AT_NoForceRowSecurity = "the policies of %s no longer bind its owner" }

local function with_policy(statement)
  return { statement.tree.tag == "CreatePolicyStmt" and tree.name(statement.tree.table) or nil }
end

-- Does a later statement create a policy on the table?
local function gets_policy(ctx, relation)
  return find.after(ctx.statements, with_policy, relation, ctx.index)() ~= nil
end

local function check_drop(ctx, drop)
  for _, parts in ipairs(drop.objects) do
    local of = {}
    for i = 1, #parts - 1 do of[i] = parts[i] end
    local relation = tree.name(of)
    if not ctx:is_new(of) and not gets_policy(ctx, relation) then
      ctx:report { message = ("without the policy %s, roles see or change other rows of %s"):format(parts[#parts], relation),
                   fix = "Create the policy that takes its place in the same migration, or use ALTER POLICY." }
    end
  end
end

return {
  id       = "row-security-off",
  aliases  = { "AUTHZ_UPDATE", "C10", "disable-row-security" },
  group    = "compat",
  severity = "warning",
  summary  = "row-level security is turned off, or a policy is dropped",
  why      = [[
Without row-level security, every role with a privilege on the table sees all of its rows, such as those of other tenants.
Without a permissive policy, roles see no rows at all. A restrictive policy that is dropped opens the rows that it hid.]],
  fix      = [[
Change a policy with ALTER POLICY, or create the new one in the same transaction.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    if top.tag == "DropStmt" and top.removeType == "OBJECT_POLICY" then return check_drop(ctx, top) end
    for command in ctx:alter_table(stmt) do
      local text = words[command.subtype]
      if text and not ctx:drops_later(top.relation) then
        ctx:report { message = text:format(tree.name(top.relation)), fix = "Keep row-level security, and change the policies." }
      end
    end
  end,

  bad = {
    "ALTER TABLE users DISABLE ROW LEVEL SECURITY;",
    "ALTER TABLE users NO FORCE ROW LEVEL SECURITY;",
    "ALTER TABLE users DISABLE ROW LEVEL SECURITY; DROP TABLE logs;",
    "DROP POLICY tenant ON users;",
  },
  good = {
    "ALTER TABLE users DISABLE ROW LEVEL SECURITY; DROP TABLE users;",
    "DROP POLICY tenant ON users; CREATE POLICY tenant ON users USING (tenant = current_user);",
    "ALTER TABLE users ENABLE ROW LEVEL SECURITY;",
    "CREATE TABLE t (a int); CREATE POLICY p ON t USING (true); DROP POLICY p ON t;",
  },
}

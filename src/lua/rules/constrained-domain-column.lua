local core = ...
local tree = core.require "lint.tree"

-- Does the domain have a constraint?  false also for a type that is no known domain.
local function is_constrained(ctx, name)
  for _, statement in ctx:before "CreateDomainStmt" do
    for _, constraint in ipairs(tree.name(statement.tree.domainname) == name and statement.tree.constraints or {}) do
      if constraint.contype == "CONSTR_CHECK" or constraint.contype == "CONSTR_NOTNULL" then return true end
    end
  end
  for _, statement in ctx:before "AlterDomainStmt" do
    local top = statement.tree
    if (top.subtype == "C" or top.subtype == "O") and tree.name(top.typeName) == name then return true end
  end
  local domain = ctx:domain(name)
  return domain ~= nil and domain.constrained
end

return {
  id       = "constrained-domain-column",
  aliases  = {},
  group    = "rewrite",
  severity = "error",
  summary  = "a new column of a domain with a constraint rewrites the table while reads and writes wait",
  why      = [[
PostgreSQL has to check the domain's constraint for the value in every row, also for NULL, and writes the whole table again
under ACCESS EXCLUSIVE.]],
  fix      = [[
Add the column with the base type, and a CHECK constraint of the table with NOT VALID, which is validated later. If no
database is given, the rule knows the domains of the same migration only.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local column, relation = command.subtype == "AT_AddColumn" and command.def, stmt.tree.relation
      local name = column and column.typeName and tree.name(column.typeName.names)
      if name and is_constrained(ctx, name) then
        ctx:report { at = column, relation = relation,
                     message = ("the column %s of the domain %s rewrites %s while reads and writes wait"):format(
                       column.colname, name, relation.relname) }
      end
    end
  end,

  bad = {
    "CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%'); ALTER TABLE users ADD COLUMN email email;",
    "CREATE DOMAIN app.email AS text; ALTER DOMAIN app.email SET NOT NULL; ALTER TABLE users ADD COLUMN e app.email;",
  },
  good = {
    "CREATE DOMAIN email AS text; ALTER TABLE users ADD COLUMN email email;",
    "CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%'); CREATE TABLE users (email email);",
    "ALTER TABLE users ADD COLUMN email text;",
  },
}

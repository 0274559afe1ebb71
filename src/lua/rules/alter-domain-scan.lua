local core = ...
local tree = core.require "lint.tree"

-- "ALTER DOMAIN" in PostgreSQL's gram.y: C is ADD CONSTRAINT, O is SET NOT NULL.
local function what(top)
  if top.subtype == "C" then return not top.def.skip_validation and "ADD CONSTRAINT" end
  return top.subtype == "O" and "SET NOT NULL"
end

return {
  id       = "alter-domain-scan",
  aliases  = { "ban-alter-domain-with-add-constraint", "L20" },
  group    = "lock",
  severity = "error",
  summary  = "a new constraint of a domain reads all tables that use the domain while their writes wait",
  why      = [[
ALTER DOMAIN ... ADD CONSTRAINT and SET NOT NULL take SHARE on every table that has a column of the domain, and read all
their rows. INSERT, UPDATE and DELETE wait on all these tables until the transaction ends.]],
  fix      = [[
Add the constraint with NOT VALID, which checks new values only. VALIDATE CONSTRAINT takes the same locks as ADD
CONSTRAINT, so run it when the tables are idle. A CHECK constraint of each table can be validated without blocking.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    local does = top.tag == "AlterDomainStmt" and what(top)
    if not does or ctx:is_new(top.typeName) then return end
    local name = top.typeName[#top.typeName]
    ctx:report { at = top.def, not_as = does == "SET NOT NULL" and "ban-alter-domain-with-add-constraint" or nil,
                 message = ("%s reads all rows of the tables that use the domain %s while their writes wait"):format(does, name),
                 fix = does == "ADD CONSTRAINT" and stmt.text .. " NOT VALID;"
                       or ("ALTER DOMAIN %s ADD CONSTRAINT %s CHECK (VALUE IS NOT NULL) NOT VALID;"):format(
                         tree.sql_name(top.typeName), tree.quoted(name .. "_not_null")) }
  end,

  bad = { "ALTER DOMAIN email ADD CONSTRAINT at CHECK (VALUE LIKE '%@%');", "ALTER DOMAIN app.email SET NOT NULL;" },
  good = {
    "ALTER DOMAIN email ADD CONSTRAINT at CHECK (VALUE LIKE '%@%') NOT VALID;",
    "CREATE DOMAIN email AS text; ALTER DOMAIN email SET NOT NULL;",
    "ALTER DOMAIN email SET DEFAULT 'a@b';",
  },
}

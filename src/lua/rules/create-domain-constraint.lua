return {
  id       = "create-domain-constraint",
  aliases  = { "ban-create-domain-with-constraint" },
  group    = "lock",
  severity = "note",
  summary  = "the constraints of a domain cannot be changed later without blocking the tables that use it",
  why      = [[
A new constraint of a domain reads all tables that use the domain while their writes wait, and a column of a domain with
constraints cannot be added to a table without rewriting it.]],
  fix      = [[
Use the base type, and a CHECK constraint of the table, which can be added with NOT VALID and validated without blocking.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    for _, constraint in ipairs(top.tag == "CreateDomainStmt" and top.constraints or {}) do
      if constraint.contype == "CONSTR_CHECK" or constraint.contype == "CONSTR_NOTNULL" then
        return ctx:report { at = constraint, message = ("the domain %s has a constraint, which is hard to change later"):format(
          top.domainname[#top.domainname]) }
      end
    end
  end,

  bad = { "CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');", "CREATE DOMAIN app.email AS text NOT NULL;" },
  good = { "CREATE DOMAIN email AS text;", "CREATE DOMAIN n AS int DEFAULT 0 NULL;" },
}

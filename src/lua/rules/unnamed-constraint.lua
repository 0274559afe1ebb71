local core = ...
local tree = core.require "lint.tree"

-- A primary key always has the name TABLE_pkey.
local kinds = { CONSTR_CHECK = "CHECK", CONSTR_FOREIGN = "FOREIGN KEY", CONSTR_UNIQUE = "UNIQUE", CONSTR_EXCLUSION = "EXCLUDE" }

return {
  id       = "unnamed-constraint",
  aliases  = { "B03", "unnamed-index" },
  group    = "robust",
  severity = "note",
  rollback = false,
  summary  = "a constraint or an index without a name gets one from PostgreSQL, which can differ between databases",
  why      = [[
PostgreSQL makes the name from those of the table and the columns, and adds a number if that name is taken. A later migration
or a rollback that drops the constraint by name then fails in some databases.]],
  fix      = [[
Write the name: ADD CONSTRAINT name …, CREATE INDEX name ON ….]],

  check = function(stmt, ctx)
    local top = stmt.tree
    if top.tag == "IndexStmt" and not top.idxname and not ctx:is_new(top.relation) then
      return ctx:report { at = top.relation, message = ("the index on %s has no name"):format(tree.name(top.relation)),
                          fix = "Write the name after CREATE INDEX." }
    end
    for command in ctx:alter_table(stmt) do
      local constraint = command.subtype == "AT_AddConstraint" and command.def
      local kind = constraint and not constraint.conname and not constraint.indexname and kinds[constraint.contype]
      if kind then
        ctx:report { at = constraint, message = ("the %s constraint of %s has no name"):format(kind, tree.name(top.relation)),
                     fix = ("ADD CONSTRAINT name %s …"):format(kind) }
      end
    end
  end,

  bad = { "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;", "CREATE INDEX CONCURRENTLY ON users (email);" },
  good = {
    "ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID;",
    "CREATE TABLE t (a int UNIQUE, CHECK (a > 0)); CREATE INDEX ON t (a);",
    "ALTER TABLE orders ADD PRIMARY KEY (id);",
  },
}

local core = ...
local safe = core.require "lint.safe"
local tree = core.require "lint.tree"

local function report(ctx, relation, constraint, fix)
  ctx:report { at = constraint, relation = relation, fix = fix,
               message = ("the unique constraint builds an index on %s while reads and writes wait"):format(relation.relname) }
end

return {
  id       = "add-unique-constraint",
  aliases  = { "disallowed-unique-constraint", "E7", "PG105", "add_unique_constraint", "L09" },
  group    = "lock",
  severity = "error",
  summary  = "a new unique constraint builds its index while reads and writes wait",
  why      = [[
ADD CONSTRAINT ... UNIQUE takes ACCESS EXCLUSIVE and keeps it while it reads the table and builds the index. SELECT,
INSERT, UPDATE and DELETE wait. UNIQUE at a new column does the same.]],
  fix      = [[
Build the index with CREATE UNIQUE INDEX CONCURRENTLY, then add the constraint with USING INDEX, which changes the
catalog only.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local relation, def = stmt.tree.relation, command.def
      local unique = command.subtype == "AT_AddColumn" and tree.constraint(def, "CONSTR_UNIQUE")
      if unique then
        report(ctx, relation, unique, safe.column(relation, def) .. "\n" .. safe.using_index(relation, unique, def.colname))
      elseif command.subtype == "AT_AddConstraint" and def.contype == "CONSTR_UNIQUE" and not def.indexname then
        report(ctx, relation, def, safe.using_index(relation, def))
      end
    end
  end,

  bad = {
    "ALTER TABLE users ADD CONSTRAINT users_email UNIQUE (email);",
    "ALTER TABLE users ADD UNIQUE (tenant, email);",
    "ALTER TABLE users ADD COLUMN email text UNIQUE;",
  },
  good = {
    "ALTER TABLE users ADD CONSTRAINT users_email UNIQUE USING INDEX users_email;",
    "CREATE TABLE users (email text); ALTER TABLE users ADD UNIQUE (email);",
  },
}

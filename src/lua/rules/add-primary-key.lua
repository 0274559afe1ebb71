local core = ...
local safe = core.require "lint.safe"
local tree = core.require "lint.tree"

local function report(ctx, relation, constraint, fix)
  ctx:report { at = constraint, relation = relation, fix = fix,
               message = ("the primary key builds an index on %s while reads and writes wait"):format(relation.relname) }
end

return {
  id       = "add-primary-key",
  aliases  = { "adding-serial-primary-key-field", "E7", "PG104", "L10" },
  group    = "lock",
  severity = "error",
  summary  = "a new primary key reads the table and builds an index while reads and writes wait",
  why      = [[
ADD PRIMARY KEY takes ACCESS EXCLUSIVE and keeps it while it builds the index and, for columns that are not NOT NULL yet,
looks for NULL in every row. SELECT, INSERT, UPDATE and DELETE wait.]],
  fix      = [[
Build the index with CREATE UNIQUE INDEX CONCURRENTLY, set the columns NOT NULL with the help of a validated CHECK
constraint, then add the primary key with USING INDEX.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local relation, def = stmt.tree.relation, command.def
      local primary = command.subtype == "AT_AddColumn" and tree.constraint(def, "CONSTR_PRIMARY")
      if primary then
        report(ctx, relation, primary,
               safe.column(relation, def) .. "\n-- fill it in batches\n" .. safe.using_index(relation, primary, def.colname))
      elseif command.subtype == "AT_AddConstraint" and def.contype == "CONSTR_PRIMARY" and not def.indexname then
        report(ctx, relation, def, safe.using_index(relation, def))
      end
    end
  end,

  bad = {
    "ALTER TABLE users ADD PRIMARY KEY (id);",
    "ALTER TABLE users ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;",
  },
  good = {
    "ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_pkey;",
    "CREATE TABLE users (id bigint); ALTER TABLE users ADD PRIMARY KEY (id);",
  },
}

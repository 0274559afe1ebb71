local core = ...
local tree = core.require "lint.tree"
local volatile = core.require "lint.tree.volatile"

return {
  id       = "volatile-default",
  aliases  = { "adding-field-with-default", "PG302", "add_column_default", "add_column_default_callable", "R02" },
  group    = "rewrite",
  severity = "error",
  summary  = "a new column with a volatile default rewrites the table while reads and writes wait",
  why      = [[
A default that can differ for each row, such as gen_random_uuid(), is calculated for every row: PostgreSQL writes the
whole table again under ACCESS EXCLUSIVE. A constant default, and now(), change the catalog only.]],
  fix      = [[
Add the column without a default, set the default for new rows, and fill the old rows in batches with a backfill.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local column = command.subtype == "AT_AddColumn" and command.def
      local default = column and tree.constraint(column, "CONSTR_DEFAULT")
      local call = default and volatile.call(default.raw_expr)
      if call then
        ctx:report { at = call, relation = stmt.tree.relation,
                     message = ("the default of %s calls %s(), which may be volatile, so PostgreSQL rewrites the table"):format(
                       column.colname, call.funcname[#call.funcname]),
                     fix = ("ALTER TABLE %s ADD COLUMN %s …;\nALTER TABLE %s ALTER COLUMN %s SET DEFAULT …;"):format(
                       stmt.tree.relation.relname, column.colname, stmt.tree.relation.relname, column.colname) }
      end
    end
  end,

  bad = {
    "ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();",
    "ALTER TABLE users ADD COLUMN n int NOT NULL DEFAULT nextval('s');",
    "ALTER TABLE users ADD COLUMN created timestamptz DEFAULT now(1);",
  },
  good = {
    "ALTER TABLE users ADD COLUMN created timestamptz DEFAULT now();",
    "ALTER TABLE users ADD COLUMN kind text NOT NULL DEFAULT 'guest';",
  },
}

local core = ...
local safe = core.require "lint.safe"
local tree = core.require "lint.tree"

return {
  id       = "stored-generated-column",
  aliases  = { "E11", "PG309", "add_column_generated_stored", "adding-field-with-default", "R03" },
  group    = "rewrite",
  severity = "error",
  summary  = "a new stored generated column rewrites the table while reads and writes wait",
  why      = [[
PostgreSQL calculates a stored generated column for every row, and writes the whole table again under ACCESS EXCLUSIVE.
Since PostgreSQL 17, SET EXPRESSION does the same for a column that exists.]],
  fix      = [[
Add an ordinary column, fill it with a trigger for new rows, and with a backfill for old ones. In PostgreSQL 18 and later
a VIRTUAL generated column changes the catalog only. For a search by the expression, an index on it is enough.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local relation = stmt.tree.relation
      local generated = command.subtype == "AT_AddColumn" and tree.constraint(command.def, "CONSTR_GENERATED")
      if generated and generated.generated_kind ~= "v" then
        ctx:report { at = generated, relation = relation,
                     message = ("the stored generated column %s rewrites %s while reads and writes wait"):format(
                       command.def.colname, relation.relname),
                     fix = safe.column(relation, command.def) .. "  -- then a trigger, and a backfill" }
      elseif command.subtype == "AT_SetExpression" then
        ctx:report { at = command.def, relation = relation,
                     message = ("SET EXPRESSION rewrites %s while reads and writes wait, if %s is a stored column"):format(
                       relation.relname, command.name) }
      end
    end
  end,

  bad = {
    "ALTER TABLE users ADD COLUMN lower_email text GENERATED ALWAYS AS (lower(email)) STORED;",
    "ALTER TABLE app.users ADD COLUMN a int, ADD COLUMN twice int GENERATED ALWAYS AS (2 * n) STORED;",
  },
  good = {
    "CREATE TABLE users (email text, lower_email text GENERATED ALWAYS AS (lower(email)) STORED);",
    "CREATE TABLE users (n int); ALTER TABLE users ADD COLUMN twice int GENERATED ALWAYS AS (2 * n) STORED;",
  },
}

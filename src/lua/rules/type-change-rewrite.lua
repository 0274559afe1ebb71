local core = ...
local tree = core.require "lint.tree"
local type_change = core.require "lint.schema.type_change"

local function safe_way(relation, command)
  local on, new = tree.sql_name(relation), tree.quoted(command.name .. "_new")
  return ("ALTER TABLE %s ADD COLUMN %s %s;  -- then a trigger that writes both, a backfill, and the columns' names swapped"):format(
    on, new, tree.type_sql(command.def.typeName))
end

return {
  id       = "type-change-rewrite",
  aliases  = { "changing-column-type", "E5", "PG301", "change_column", "change_column_constraint", "R01" },
  group    = "rewrite",
  severity = "error",
  summary  = "a new type of a column rewrites the table while reads and writes wait",
  why      = [[
ALTER COLUMN ... TYPE takes ACCESS EXCLUSIVE, and usually writes all rows and all indexes again. It changes the catalog
only if the values stay as they are: varchar(n) to a larger n, to varchar or to text; text to varchar; numeric(p, s) to a
larger p with the same s, or to numeric; varbit, timestamp, time and interval to a larger length; text, varchar and citext;
cidr to inet; timestamp and timestamptz, if TimeZone is UTC. Even then a CHECK constraint of the column is checked again.]],
  fix      = [[
Add a column of the new type, write both columns by a trigger, fill the old rows with a backfill, and swap the names. If
neither the migrations nor a database tell the old type, the rule assumes that the values change.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local relation = stmt.tree.relation
      local effect, does, because
      if command.subtype == "AT_AlterColumnType" then effect, does, because = type_change.consequence(ctx, relation, command) end
      if effect then
        ctx:report { at = command.def, relation = relation, fix = safe_way(relation, command),
                     message = ("the new type of %s %s while reads and writes wait%s"):format(
                       command.name, does, because or "") }
      end
    end
  end,

  bad = {
    "ALTER TABLE users ALTER COLUMN id TYPE bigint;",
    "ALTER TABLE app.users ALTER COLUMN born SET DATA TYPE timestamptz USING born AT TIME ZONE 'UTC';",
    "ALTER TABLE users ALTER COLUMN name TYPE varchar(10);",
    "ALTER TABLE users ADD COLUMN code varchar CHECK (code > ''); ALTER TABLE users ALTER COLUMN code TYPE text;",
  },
  good = {
    "CREATE TABLE users (id int); ALTER TABLE users ALTER COLUMN id TYPE bigint;",
    "ALTER TABLE users ALTER COLUMN id SET DEFAULT 0;",
    "ALTER TABLE users ADD COLUMN code varchar(9); ALTER TABLE users ALTER COLUMN code TYPE text;",
  },
}

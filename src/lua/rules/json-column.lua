local core = ...
local columns = core.require "lint.schema.columns"
local tree = core.require "lint.tree"

return {
  id       = "json-column",
  aliases  = { "E3", "prefer-jsonb", "add_column_json", "Y06" },
  group    = "type",
  severity = "warning",
  summary  = "json has no equality operator, so SELECT DISTINCT and UNION fail on the table",
  why      = [[
json keeps the text as it was written. It has no operator =, so SELECT DISTINCT, GROUP BY and UNION over the column
fail with "could not identify an equality operator for type json", also in queries that worked before the column was
added. Each access to a field reads the whole text.]],
  fix      = "Use jsonb, which can be compared and indexed. Use text if the exact text matters.",

  check = function(stmt, ctx)
    for _, column in ipairs(columns.of(stmt)) do
      if column.type_name == "json" then
        ctx:report { at = column.type, message = ("%s of %s is json, which cannot be compared"):format(
                       column.name, column.relation.relname),
                     fix = ("%s jsonb%s"):format(tree.quoted(column.name), column.is_array and "[]" or "") }
      end
    end
  end,

  bad = {
    "CREATE TABLE authors (meta json);",
    "ALTER TABLE authors ADD COLUMN meta json;",
    "ALTER TABLE authors ALTER COLUMN meta TYPE pg_catalog.json;",
  },
  good = {
    "CREATE TABLE authors (meta jsonb);",
    "CREATE TEMPORARY TABLE t (line json);",
  },
}

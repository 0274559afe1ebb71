local core = ...
local columns = core.require "lint.schema.columns"
local tree = core.require "lint.tree"

return {
  id       = "char-column",
  aliases  = { "ban-char-field", "Y03" },
  group    = "type",
  severity = "note",
  summary  = "char(n) fills every value with spaces",
  why      = [[
PostgreSQL stores a char(n) value with spaces up to the length n, and ignores trailing spaces in comparisons, but not in
LIKE. It is no faster than text. A value that is too short is not refused.]],
  fix      = "Use text. If the length matters, add CHECK (length(column) = n), or use varchar(n).",

  check = function(stmt, ctx)
    for _, column in ipairs(columns.of(stmt)) do
      if column.type_name == "bpchar" then
        local what = column.type.typmods and "is char(n), which is filled with spaces" or "ignores spaces at the end"
        ctx:report { at = column.type, message = ("%s of %s %s"):format(column.name, column.relation.relname, what),
                     fix = ("%s text%s"):format(tree.quoted(column.name), column.is_array and "[]" or "") }
      end
    end
  end,

  bad = {
    "CREATE TABLE countries (code char(2) PRIMARY KEY);",
    "ALTER TABLE users ALTER COLUMN code TYPE character(10);",
    "ALTER TABLE users ADD COLUMN letters char[];",
  },
  good = {
    "CREATE TABLE countries (code text CHECK (length(code) = 2));",
    'CREATE TABLE kinds (kind "char");',
    "CREATE TEMPORARY TABLE t (code char(2));",
  },
}

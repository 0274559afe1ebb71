local core = ...
local columns = core.require "lint.schema.columns"
local tree = core.require "lint.tree"

return {
  id       = "varchar-length",
  aliases  = { "prefer-text-field", "Y04" },
  group    = "type",
  severity = "note",
  summary  = "the limit of varchar(n) is part of the type, so a change of it needs ACCESS EXCLUSIVE",
  why      = [[
varchar(n) is stored as text is, and is not faster. A larger n changes the catalog only, but under ACCESS EXCLUSIVE, and
views that use the column must be dropped for it. A smaller n rewrites the table under ACCESS EXCLUSIVE. A CHECK
constraint can be added with NOT VALID and validated while other sessions write.]],
  fix      = "Use text. If the length matters, add CHECK (length(column) <= n).",

  check = function(stmt, ctx)
    for _, column in ipairs(columns.of(stmt)) do
      local limit = column.type_name == "varchar" and column.type.typmods
      local n = limit and limit[1].value
      if limit then
        ctx:report { at = column.type, message = ("%s of %s has a limit in its type; the limit of a CHECK constraint is easier to change"):format(
                       column.name, column.relation.relname),
                     fix = not column.is_array and ("%s text CHECK (length(%s) <= %s)"):format(tree.quoted(column.name),
                                                                                              tree.quoted(column.name), n) or nil }
      end
    end
  end,

  bad = {
    "CREATE TABLE users (name varchar(100));",
    "ALTER TABLE users ADD COLUMN name character varying(20) NOT NULL DEFAULT '';",
  },
  good = {
    "CREATE TABLE users (name text CHECK (length(name) <= 100), other varchar);",
    "CREATE TEMPORARY TABLE t (name varchar(100));",
  },
}

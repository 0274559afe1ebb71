local core = ...
local columns = core.require "lint.schema.columns"

return {
  id       = "inheritance-column",
  aliases  = { "add_column_inheritance", "C09" },
  group    = "compat",
  severity = "off",
  summary  = "a new column is named type, which Active Record takes for the name of a class",
  why      = [[
Programs with Active Record (Ruby on Rails) that do not know the column yet read its value as the class of the row, and fail
if there is no such class. Turn this rule on if your programs use Active Record.]],
  fix      = [[
Choose another name, or first deploy programs that set inheritance_column.]],

  check = function(stmt, ctx)
    if stmt.tree.tag ~= "AlterTableStmt" or ctx:is_new(stmt.tree.relation) then return end
    for _, column in ipairs(columns.of(stmt)) do
      if column.definition.colname == "type" then
        ctx:report { at = column.definition, fix = "ADD COLUMN kind …",
                     message = ("Active Record takes type of %s for the name of a class"):format(column.relation.relname) }
      end
    end
  end,

  bad = { "ALTER TABLE users ADD COLUMN type text;", [[ALTER TABLE users ADD "type" text NOT NULL DEFAULT 'User';]] },
  good = {
    "ALTER TABLE users ADD COLUMN kind text;",
    "CREATE TABLE users (type text);",
    "ALTER TABLE users ALTER COLUMN type TYPE text;",
  },
}

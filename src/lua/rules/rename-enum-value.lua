local core = ...
local tree = core.require "lint.tree"

return {
  id       = "rename-enum-value",
  aliases  = { "rename_enum_value", "C04" },
  group    = "compat",
  severity = "error",
  summary  = "programs that use the old name of the enum value fail",
  why      = [[
All rows with the value show the new name from the commit on. A program that writes or compares with the old name gets an
error (SQLSTATE 22P02), and one that reads may not know the new name. Functions written as strings are not changed.]],
  fix      = [[
Add a value with the new name, deploy programs that know both, change the rows, and keep the old value unused.]],

  check = function(stmt, ctx)
    local alter = stmt.tree
    if alter.tag ~= "AlterEnumStmt" or not alter.oldVal or ctx:is_new(alter.typeName) then return end
    ctx:report { message = ("programs that use '%s' of the type %s fail when it is named '%s'"):format(
                   alter.oldVal, tree.name(alter.typeName), alter.newVal),
                 fix = "Add a value with the new name, deploy programs that know both, and then change the rows." }
  end,

  bad = { "ALTER TYPE status RENAME VALUE 'new' TO 'open';", "ALTER TYPE app.status RENAME VALUE 'a' TO 'b';" },
  good = {
    "ALTER TYPE status ADD VALUE 'open';",
    "CREATE TYPE status AS ENUM ('a'); ALTER TYPE status RENAME VALUE 'a' TO 'b';",
  },
}

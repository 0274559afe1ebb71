local core = ...
local changed_rows = core.require "lint.tree.changed_rows"
local tree = core.require "lint.tree"

return {
  id       = "rename-column",
  aliases  = { "renaming-column", "rename_column", "BC102", "C01" },
  group    = "compat",
  severity = "error",
  summary  = "programs that use the old name of the column fail",
  why      = [[
The new name is in effect from the commit on. Programs that run then, and those that are deployed before or after the
migration, know only one of the two names. The rename itself is short, under ACCESS EXCLUSIVE. Views keep their own column
names.]],
  fix      = [[
Add a column with the new name, write both from the programs or from a trigger, fill the old rows with a backfill, let the
programs read the new column, and drop the old one later. Or rename the table and put a view with both names in its place.]],

  check = function(stmt, ctx)
    local rename = stmt.tree
    if rename.tag ~= "RenameStmt" or rename.renameType ~= "OBJECT_COLUMN" or not rename.relation
       or rename.relationType ~= "OBJECT_TABLE" and rename.relationType ~= "OBJECT_VIEW" then return end
    local relation = tree.name(rename.relation)
    if ctx:is_new(rename.relation) or changed_rows.new_columns(ctx, relation)[rename.subname] then return end
    ctx:report { message = ("programs that use %s.%s fail when it is named %s"):format(relation, rename.subname, rename.newname),
                 fix = ("Add the column %s, fill it, let programs use it, and drop %s in a later migration."):format(
                   rename.newname, rename.subname) }
  end,

  bad = { "ALTER TABLE users RENAME COLUMN name TO full_name;", "ALTER TABLE IF EXISTS users RENAME name TO full_name;" },
  good = {
    "CREATE TABLE users (name text); ALTER TABLE users RENAME COLUMN name TO full_name;",
    "ALTER TABLE users ADD COLUMN a int; ALTER TABLE users RENAME COLUMN a TO b;",
    "ALTER TABLE users RENAME CONSTRAINT a TO b;",
  },
}

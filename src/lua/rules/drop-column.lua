local core = ...
local changed_rows = core.require "lint.tree.changed_rows"
local find = core.require "lint.find"
local tree = core.require "lint.tree"

local function renamed_columns(statement)
  local top = statement.tree
  local column = top.tag == "RenameStmt" and top.renameType == "OBJECT_COLUMN"
  return { column and tree.name(top.relation) .. "." .. top.newname or nil }
end

-- The column that a later statement renames to this one; or nil.
local function successor(ctx, relation, name)
  local _, statement = find.after(ctx.statements, renamed_columns, tree.name(relation) .. "." .. name, ctx.index)()
  return statement and statement.tree.subname
end

return {
  id       = "drop-column",
  aliases  = { "ban-drop-column", "DS103", "remove_column", "C05" },
  group    = "data",
  severity = "error",
  summary  = "DROP COLUMN deletes the values of the column, and programs that use it fail",
  why      = [[
The values cannot be read again after the commit, and a rollback creates an empty column. Programs that name the column
fail from then on; so do programs that expect it from SELECT *. PostgreSQL also drops the indexes and constraints of the
column. DROP COLUMN itself is short: it changes the catalog only, under ACCESS EXCLUSIVE.]],
  fix      = [[
First deploy programs that do not use the column. If it is NOT NULL without a default, drop NOT NULL before that, so that
they can insert. Save the values. Then drop the column, with a comment that says why: -- lint: ignore drop-column REASON.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local relation = stmt.tree.relation
      if command.subtype == "AT_DropColumn" and not ctx:is_undone(relation, command.name) and not changed_rows.new_columns(ctx, tree.name(relation))[command.name] then
        local new = successor(ctx, relation, command.name)
        ctx:report { relation = relation, severity = new and "note",
                     message = ("DROP COLUMN deletes the values of %s.%s, and %s"):format(tree.name(relation), command.name,
                       new and new .. " gets its name" or "programs that use it fail"),
                     fix = ("-- when no program uses the column:\n-- lint: ignore drop-column REASON\n%s;"):format(stmt.text) }
      end
    end
  end,

  bad = { "ALTER TABLE users DROP COLUMN email;", "ALTER TABLE IF EXISTS users ADD COLUMN a int, DROP email CASCADE;",
           "ALTER TABLE users DROP COLUMN email; ALTER TABLE users RENAME COLUMN email_new TO email;" },
  good = {
    "CREATE TABLE users (email text, a int); ALTER TABLE users DROP COLUMN email;",
    "ALTER TABLE users ADD COLUMN t text; UPDATE users SET t = a WHERE id = 1; ALTER TABLE users DROP COLUMN t;",
  },
}

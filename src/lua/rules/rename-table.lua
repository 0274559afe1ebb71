local core = ...
local find = core.require "lint.find"
local tree = core.require "lint.tree"

local kinds = { OBJECT_TABLE = "TABLE", OBJECT_VIEW = "VIEW", OBJECT_MATVIEW = "MATERIALIZED VIEW" }

local function new_name(rename) return tree.name { rename.relation.schemaname or "public", rename.newname } end

-- The name that the relation of a statement has after it: of a new table or view, or of one that is renamed.
local function made_name(top)
  if top.tag == "RenameStmt" then return top.relation and new_name(top) end
  local made = top.tag == "ViewStmt" and top.view or top.tag == "CreateStmt" and top.relation
  return made and tree.name(made)
end

local function made_names(statement) return { made_name(statement.tree) or nil } end

-- Does a later statement of the transaction put a relation with the old name in its place?
local function is_replaced(ctx, old)
  for i in find.after(ctx.statements, made_names, old, ctx.index) do
    if ctx.transactions[i] == ctx.transactions[ctx.index] then return true end
  end
  return false
end

local function renamed(statement)
  local top = statement.tree
  return { top.tag == "RenameStmt" and top.relation and tree.name(top.relation) or nil }
end

-- Does the relation take the place of one that the transaction renamed before?
local function takes_place(ctx, rename)
  if rename.tag ~= "RenameStmt" or not ctx:in_transaction() then return false end
  local i = find.before(ctx.statements, renamed, new_name(rename), ctx.index)
  return i ~= nil and ctx.transactions[i] == ctx.transactions[ctx.index]
end

local function moved(top)
  if top.tag == "RenameStmt" and kinds[top.renameType] then return kinds[top.renameType], top.newname end
  if top.tag == "AlterObjectSchemaStmt" and kinds[top.objectType] then
    return kinds[top.objectType], top.newschema .. "." .. top.relation.relname
  end
end

return {
  id       = "rename-table",
  aliases  = { "renaming-table", "rename_table", "BC103", "C02" },
  group    = "compat",
  severity = "error",
  summary  = "programs that use the old name of the table or view fail",
  why      = [[
The new name, or the new schema, is in effect from the commit on. Programs that run then know only the old name. The
rename itself is short, under ACCESS EXCLUSIVE.]],
  fix      = [[
Create a view with the old name in the same transaction: a simple view can be read and written like the table. Drop it
when no program uses the old name.]],

  check = function(stmt, ctx)
    local kind, new = moved(stmt.tree)
    if not kind or ctx:is_new(stmt.tree.relation) then return end
    local old = tree.name(stmt.tree.relation)
    if is_replaced(ctx, old) or takes_place(ctx, stmt.tree) then return end
    ctx:report { message = ("programs that use %s fail when it is named %s"):format(old, new),
                 fix = ("%s;\nCREATE VIEW %s AS SELECT * FROM %s;  -- in the same transaction"):format(stmt.text, old, new) }
  end,

  bad = {
    "ALTER TABLE users RENAME TO people;",
    "ALTER TABLE users SET SCHEMA archive;",
    "ALTER VIEW active_users RENAME TO people;",
  },
  good = {
    "ALTER TABLE users RENAME TO people; CREATE VIEW users AS SELECT * FROM people;",
    "ALTER TABLE users RENAME TO users_old; ALTER TABLE users_new RENAME TO users;",
    "CREATE TABLE a (id int); ALTER TABLE a RENAME TO b;",
    "ALTER INDEX a RENAME TO b;",
  },
}

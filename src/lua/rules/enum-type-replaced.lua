local core = ...
local find = core.require "lint.find"
local tree = core.require "lint.tree"

-- The types that earlier statements of the migration dropped or renamed: name → true.
local function removed(ctx)
  local names = {}
  for _, statement in ctx:before "DropStmt" do
    for _, of in ipairs(statement.tree.removeType == "OBJECT_TYPE" and statement.tree.objects or {}) do
      names[tree.name(of.names)] = true
    end
  end
  for _, statement in ctx:before "RenameStmt" do
    if statement.tree.renameType == "OBJECT_TYPE" then names[tree.name(statement.tree.object)] = true end
  end
  return names
end

local function given_types(statement)
  local top, names = statement.tree, {}
  local is_table = top.tag == "AlterTableStmt" and top.objtype == "OBJECT_TABLE"
  for _, command in ipairs(is_table and top.cmds or {}) do
    if command.subtype == "AT_AlterColumnType" then names[#names + 1] = tree.name(command.def.typeName.names) end
  end
  return names
end

-- Does a later statement give the type to a column that is there?
local function changes_column(ctx, name)
  for _, statement in find.after(ctx.statements, given_types, name, ctx.index) do
    if not ctx:is_new(statement.tree.relation) then return true end
  end
  return false
end

return {
  id       = "enum-type-replaced",
  aliases  = { "D09", "enum-value-removed" },
  group    = "data",
  severity = "warning",
  summary  = "an enum is replaced by a new type; this fails if a row has a value that the new type lacks",
  why      = [[
The cast of the old values to the new type fails at the first value that is missing (SQLSTATE 22P02). Changing the
columns to the new type also rewrites their tables under ACCESS EXCLUSIVE.]],
  fix      = [[
To add a value, use ALTER TYPE ... ADD VALUE. To remove one, change the rows that have it first, and keep the type: a CHECK
constraint with NOT VALID keeps the value out.]],

  check = function(stmt, ctx)
    local enum = stmt.tree
    local name = enum.tag == "CreateEnumStmt" and tree.name(enum.typeName)
    if not name or not removed(ctx)[name] or not changes_column(ctx, name) then return end
    ctx:report { message = ("the type %s is replaced; the change fails if a row has a value that is not in the new list"):format(
                   name),
                 fix = "Change the rows that have another value first, in the same migration." }
  end,

  bad = {
    [[ALTER TABLE jobs ALTER COLUMN s TYPE text;
DROP TYPE status;
CREATE TYPE status AS ENUM ('new', 'done');
ALTER TABLE jobs ALTER COLUMN s TYPE status USING s::status;]],
    [[ALTER TYPE status RENAME TO status_old;
CREATE TYPE status AS ENUM ('new', 'done');
ALTER TABLE jobs ALTER COLUMN s TYPE status USING s::text::status;]],
  },
  good = {
    "DROP TYPE IF EXISTS status; CREATE TYPE status AS ENUM ('new'); ALTER TABLE jobs ADD COLUMN s status;",
    "ALTER TYPE status ADD VALUE 'paused';",
    "CREATE TYPE status AS ENUM ('new', 'done');",
  },
}

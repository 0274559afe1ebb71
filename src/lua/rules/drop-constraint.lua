local core = ...
local find = core.require "lint.find"
local tree = core.require "lint.tree"

-- Commands that replace a constraint: a new constraint, or NOT NULL, which the old one proved. DROP COLUMN, which another
-- rule reports, drops the constraint, too.
local replaces = { AT_AddConstraint = true, AT_SetNotNull = true, AT_DropColumn = true }

local function with_replacement(statement)
  local top = statement.tree
  local is_table = top.tag == "AlterTableStmt" and top.objtype == "OBJECT_TABLE"
  for _, command in ipairs(is_table and top.cmds or {}) do
    if replaces[command.subtype] then return { tree.name(top.relation) } end
  end
  return {}
end

-- Does the migration replace the constraint of the relation?
local function is_replaced(ctx, relation) return find.any(ctx.statements, with_replacement, relation) end

return {
  id       = "drop-constraint",
  aliases  = { "CD101", "D03" },
  group    = "data",
  severity = "warning",
  rollback = false,
  summary  = "without the constraint, wrong rows can be written",
  why      = [[
A constraint keeps out rows that programs do not expect: duplicates, references to nothing, values out of range. When such
rows exist, the constraint cannot be added again until they are corrected. DROP CONSTRAINT takes ACCESS EXCLUSIVE; for a
foreign key, also on the table that it references.]],
  fix      = [[
If another constraint takes its place, add it first, with NOT VALID and VALIDATE CONSTRAINT, and drop this one after it.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local relation = stmt.tree.relation
      if command.subtype == "AT_DropConstraint" and command.behavior ~= "DROP_CASCADE"
         and not is_replaced(ctx, tree.name(relation)) and not ctx:drops_later(relation) then
        ctx:report { relation = relation,
                     message = ("without the constraint %s, %s can get rows that it refused"):format(command.name, tree.name(relation)),
                     fix = "If another constraint takes its place, add it in the same migration." }
      end
    end
  end,

  bad = {
    "ALTER TABLE orders DROP CONSTRAINT orders_user_fkey;",
    "ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_total_check;",
    "ALTER TABLE orders DROP CONSTRAINT orders_user_fkey; DROP TABLE users;",
  },
  good = {
    "ALTER TABLE a DROP CONSTRAINT f; ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES c ON DELETE CASCADE;",
    "ALTER TABLE a ALTER b SET NOT NULL; ALTER TABLE a DROP CONSTRAINT a_b_not_null;",
    "ALTER TABLE a DROP CONSTRAINT a_pkey; ALTER TABLE a DROP COLUMN id;",
    "ALTER TABLE a DROP CONSTRAINT a_b_fkey; DROP TABLE c, a;",
    "CREATE TABLE a (b int CONSTRAINT p CHECK (b > 0)); ALTER TABLE a DROP CONSTRAINT p;",
  },
}

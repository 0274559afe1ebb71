-- Rows of people and bookings are marked with deleted_at, so that support can bring them back.

local function has_column(new, name)
  for _, column in ipairs(new.tableElts or {}) do
    if column.colname == name then return true end
  end
end

local temporary = { CreateStmt = true, CreateTableAsStmt = true }

-- Does an earlier statement of the migration make a temporary table of this name?
local function is_temporary(ctx, relation)
  for i = 1, ctx.index - 1 do
    local tree = ctx.statements[i].tree
    local made = tree and temporary[tree.tag] and (tree.relation or tree.into.rel)
    if made and made.relpersistence == "t" and made.relname == relation.relname then return true end
  end
end

return {
  summary = "rows are deleted, or a table with updated_at has no deleted_at",
  why     = "A row that is deleted is gone, with everything that ON DELETE CASCADE takes along. The queries of the application skip rows with a deleted_at.",
  fix     = "Set deleted_at. Add a column deleted_at timestamptz to a table whose rows change.",

  check = function(stmt, ctx)
    local tree = stmt.tree
    if tree.tag == "DeleteStmt" and not is_temporary(ctx, tree.relation) then
      ctx:report { at = tree.relation, message = ("rows of %s are deleted; set deleted_at"):format(tree.relation.relname) }
    elseif tree.tag == "CreateStmt" and has_column(tree, "updated_at") and not has_column(tree, "deleted_at") then
      ctx:report { at = tree.relation, message = ("%s has updated_at but no deleted_at"):format(tree.relation.relname),
                   fix = "deleted_at timestamptz" }
    end
  end,

  bad = {
    "DELETE FROM users WHERE name = 'a';",
    "CREATE TABLE notes (id uuid PRIMARY KEY, updated_at timestamptz);",
  },
  good = {
    "CREATE TABLE notes (id uuid PRIMARY KEY, updated_at timestamptz, deleted_at timestamptz);",
    "CREATE TABLE log (id uuid PRIMARY KEY, created_at timestamptz);",
    "CREATE TEMPORARY TABLE listed (a int); DELETE FROM listed WHERE a = 1;",
  },
}

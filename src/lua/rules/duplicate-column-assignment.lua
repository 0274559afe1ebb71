-- The columns that a list of targets sets as a whole: a subscript or a field, as in a[1] = 1, sets a part.
local function duplicate(targets)
  local seen = {}
  for _, target in ipairs(targets or {}) do
    if target.name and not target.indirection then
      if seen[target.name] then return target end
      seen[target.name] = true
    end
  end
end

local lists = { UpdateStmt = "targetList", InsertStmt = "cols" }

return {
  id       = "duplicate-column-assignment",
  aliases  = { "ban-duplicate-column-assignments", "D10" },
  group    = "data",
  severity = "error",
  summary  = "a statement sets the same column twice, and fails",
  why      = [[
PostgreSQL refuses an UPDATE with two values for a column (SQLSTATE 42601), and an INSERT that names a column twice
(SQLSTATE 42701).]],
  fix      = [[
Remove one of the two, or name the column that was meant.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    local target = duplicate(lists[top.tag] and top[lists[top.tag]])
    if not target then return end
    ctx:report { at = target, message = ("the column %s is set twice"):format(target.name),
                 fix = "Remove one of the two, or name the column that was meant." }
  end,

  bad = { "UPDATE users SET name = 'a', name = 'b' WHERE id = 1;", "INSERT INTO users (name, name) VALUES ('a', 'b');" },
  good = {
    "UPDATE users SET tags[1] = 'a', tags[2] = 'b' WHERE id = 1;",
    "UPDATE users SET name = 'a', email = 'b' WHERE id = 1;",
    "INSERT INTO users (name, email) VALUES ('a', 'b');",
  },
}

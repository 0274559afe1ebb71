-- CASCADE deletes what nobody named, so a comment beside it says why this is right.

-- The number of the line at the byte `location` of the statement.
local function line_at(stmt, location)
  local _, lines = stmt.text:sub(1, location or 0):gsub("\n", "")
  return stmt.line + lines
end

-- Does the line, or the line above it, have a comment? Lines with CASCADE that follow each other share a comment.
local function has_comment(text, number)
  local lines = {}
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do lines[#lines + 1] = line end
  while lines[number] do
    if lines[number]:find("--", 1, true) then return true end
    if lines[number - 1] and lines[number - 1]:find("^%s*%-%-") then return true end
    if not (lines[number - 1] or ""):upper():find "CASCADE" then return false end
    number = number - 1
  end
  return false
end

local function foreign_keys(elements, found)
  for _, element in ipairs(elements or {}) do
    if element.tag == "ColumnDef" then foreign_keys(element.constraints, found) end
    if element.tag == "AlterTableCmd" and type(element.def) == "table" then foreign_keys({ element.def }, found) end
    if element.contype == "CONSTR_FOREIGN" and element.fk_del_action == "c" then found[#found + 1] = element end
  end
  return found
end

return {
  summary = "CASCADE has no comment that says why",
  why     = "ON DELETE CASCADE, DROP … CASCADE and TRUNCATE … CASCADE remove rows and objects that the statement does not name.",
  fix     = "Say in a comment why it is right, or use ON DELETE RESTRICT.",

  check = function(stmt, ctx)
    local tree = stmt.tree
    local function expect_comment(node, what)
      if not has_comment(ctx.migration.text, line_at(stmt, node and node.location)) then
        ctx:report { at = node, message = what .. " needs a comment that says why" }
      end
    end
    for _, constraint in ipairs(foreign_keys(tree.tableElts or tree.cmds, {})) do
      expect_comment(constraint, "ON DELETE CASCADE")
    end
    if tree.behavior == "DROP_CASCADE" then expect_comment(nil, "CASCADE") end
  end,

  bad = {
    "CREATE TABLE notes (\n  user_id uuid REFERENCES users ON DELETE CASCADE);",
    "ALTER TABLE notes ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;",
    "DROP TABLE notes CASCADE;",
  },
  good = {
    "CREATE TABLE notes (\n  -- A note is nothing without its user.\n  user_id uuid REFERENCES users ON DELETE CASCADE);",
    "ALTER TABLE notes ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE; -- nothing without its user",
    "CREATE TABLE notes (user_id uuid REFERENCES users ON DELETE RESTRICT);",
    "-- Only views depend on it.\nDROP TABLE notes CASCADE;",
  },
}

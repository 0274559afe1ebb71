-- keys.lua: is a column a key, as far as its definition tells?

local core = ...
local tree = core.require "lint.tree"

local keys = {}

-- Is it the only column of the primary key of the table that the statement makes?
local function is_primary(statement, column)
  if tree.constraint(column.definition, "CONSTR_PRIMARY") then return true end
  for _, element in ipairs(statement.tree.tableElts or {}) do
    local names = element.tag == "Constraint" and element.contype == "CONSTR_PRIMARY" and element.keys
    if names and #names == 1 and names[1] == column.name then return true end
  end
  return false
end

-- `column`: one of columns.of.  A list of keys has the name ids.
function keys.is_key(statement, column)
  return column.name == (column.is_array and "ids" or "id") or column.type_name:find "serial" ~= nil
         or tree.constraint(column.definition, "CONSTR_IDENTITY") ~= nil or is_primary(statement, column)
end

return keys

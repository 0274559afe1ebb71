-- keys.lua: is a column a key, as far as its definition tells?

local core = ...
local columns = core.require "lint.schema.columns"
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

-- Does the column reference another table, whose key decides on the type?
local function is_reference(statement, column)
  if tree.constraint(column.definition, "CONSTR_FOREIGN") then return true end
  for _, element in ipairs(statement.tree.tableElts or {}) do
    for _, name in ipairs(element.tag == "Constraint" and element.contype == "CONSTR_FOREIGN" and element.fk_attrs or {}) do
      if name == column.name then return true end
    end
  end
  return false
end

-- Reports the keys that a statement makes and whose type, a key of `wider`, ends at `last`.  Its values are the types to use.
function keys.report_narrow(statement, ctx, wider, type, last)
  for _, column in ipairs(columns.of(statement)) do
    local better = wider[column.type_name]
    if better and keys.is_key(statement, column) and not is_reference(statement, column) then
      ctx:report { at = column.type, message = ("%s of %s is a key of type %s, which ends at %d"):format(
                     column.name, column.relation.relname, type, last),
                   fix = ("%s %s%s"):format(tree.quoted(column.name), better, column.is_array and "[]" or "") }
    end
  end
end

return keys

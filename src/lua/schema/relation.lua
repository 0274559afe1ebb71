-- relation.lua: what CREATE TABLE and CREATE FOREIGN TABLE have in common.

local relation = {}

-- The lines between the parentheses: columns in their order, then constraints.
function relation.lines(o, parts)
  local columns, constraints, defaults, list = {}, {}, {}, {}
  for _, part in ipairs(parts) do
    if part.kind.kind == "COLUMN" then columns[#columns + 1] = part
    elseif part.kind.kind == "DEFAULT" then defaults[part.column] = part
    elseif part.kind.inline then constraints[#constraints + 1] = part end
  end
  table.sort(columns, function(a, b) return a._position < b._position end)
  for _, column in ipairs(columns) do list[#list + 1] = column.kind.inline(column, defaults[column.column]) end
  for _, constraint in ipairs(constraints) do list[#list + 1] = constraint.kind.inline(constraint) end
  return list
end

return relation

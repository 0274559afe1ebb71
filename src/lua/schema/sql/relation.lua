-- relation.lua: what tables and foreign tables, and their indexes and constraints, have in common.

local relation = {}

-- The lines between the parentheses: columns in their order, then constraints. A column of a typed table has a line
-- only for properties that the type does not have.
function relation.lines(o, parts)
  local columns, constraints, defaults, list = {}, {}, {}, {}
  for _, part in ipairs(parts) do
    if part.kind.kind == "COLUMN" then columns[#columns + 1] = part
    elseif part.kind.kind == "DEFAULT" then defaults[part.column] = part
    elseif part.kind.inline then constraints[#constraints + 1] = part end
  end
  table.sort(columns, function(a, b) return a._position < b._position end)
  for _, column in ipairs(columns) do
    list[#list + 1] = column.kind.inline(column, defaults[column.column], o.of_type)
  end
  for _, constraint in ipairs(constraints) do list[#list + 1] = constraint.kind.inline(constraint) end
  return list
end

-- CLUSTER and REPLICA IDENTITY of an index or of the constraint `name`. Setting one for another index removes it here.
local function taken_over(o, field)
  for _, part in ipairs(o.table.parts) do
    if part ~= o and part[field] then return true end
  end
  return false
end

function relation.cluster(o, name)
  if o.clustered then return ("ALTER TABLE %s CLUSTER ON %s"):format(o.relation, name) end
  return taken_over(o, "clustered") and {} or ("ALTER TABLE %s SET WITHOUT CLUSTER"):format(o.relation)
end

function relation.replica_identity(o, name)
  if o.replica_identity then return ("ALTER TABLE %s REPLICA IDENTITY USING INDEX %s"):format(o.relation, name) end
  -- If no index is the replica identity, a field of the table sets it.
  return {}
end

-- The other indexes of the table with the same keys.
function relation.twins(index)
  local list = {}
  local keys = index.kind.keys and index.kind.keys(index)
  for _, part in ipairs(keys and index.table.parts or {}) do
    if part ~= index and part.kind.keys and part.kind.keys(part) == keys then list[#list + 1] = part end
  end
  return list
end

-- ALTER INDEX cannot set the options of a partitioned index.
function relation.can_alter_index(new, old)
  return not new.table.partition_key or table.concat(new.options or {}, ",") == table.concat(old.options or {}, ",")
end

return relation

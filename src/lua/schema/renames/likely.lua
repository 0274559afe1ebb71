-- likely.lua: pairs of a dropped object and a new one that may be the same object under another name.
--
-- Only a person knows, so moonbird asks and never assumes a rename.

-- The share of their columns that two tables must have in common.
local ALIKE <const> = 0.6

-- The columns of a table in their order, and their types by name.
local function columns_of(table_)
  local list, types = {}, {}
  for _, part in ipairs(table_.parts or {}) do
    if part.kind.kind == "COLUMN" then list[#list + 1], types[part.column] = part, part.type end
  end
  table.sort(list, function(a, b) return a._position < b._position end)
  return list, types
end

-- How much of their columns two tables have in common, from 0 to 1; nil if they are not alike.  A column with another
-- name, but the same type in the same place, counts half.
local function tables_alike(old, new)
  local had = columns_of(old)
  local has, types = columns_of(new)
  local common = 0
  for i, column in ipairs(had) do
    if types[column.column] == column.type then common = common + 1
    elseif has[i] and has[i].type == column.type then common = common + 0.5 end
  end
  local share = common / math.max(#had, #has, 1)
  return share >= ALIKE and old.partition_key == new.partition_key and share or nil
end

-- How similar two columns of one table are; nil unless they have the same definition. The nearer their positions, the
-- more similar.
local function columns_alike(old, new)
  if old.relation ~= new.relation then return nil end
  for _, field in ipairs { "type", "collation", "not_null", "identity", "generated" } do
    if old[field] ~= new[field] then return nil end
  end
  return 1 / (1 + math.abs(old._position - new._position))
end

local alike = { TABLE = tables_alike, COLUMN = columns_alike }

-- The objects that changes drop or create with a separate statement, if they can be renamed.
local function ends(changes, verb)
  local list = {}
  for _, change in ipairs(changes) do
    local kind = change.object.kind.kind
    if change.verb == verb and not change.carrier and alike[kind] then list[#list + 1] = change.object end
  end
  return list
end

-- → pairs { old, new }: the most likely first
return function(changes)
  local list, created = {}, ends(changes, "create")
  for _, old in ipairs(ends(changes, "drop")) do
    for _, new in ipairs(created) do
      local likeness = old.kind == new.kind and old.name ~= new.name and alike[old.kind.kind](old, new)
      if likeness then list[#list + 1] = { old = old, new = new, likeness = likeness } end
    end
  end
  table.sort(list, function(a, b)
    if a.likeness ~= b.likeness then return a.likeness > b.likeness end
    if a.old.name ~= b.old.name then return a.old.name < b.old.name end
    return a.new.name < b.new.name
  end)
  return list
end

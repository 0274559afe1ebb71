-- twins.lua: indexes of a table with the same keys, when the table becomes a partition.
--
-- ATTACH PARTITION goes through the indexes of the partitioned table in the order of their OIDs, and gives each the first index of
-- the partition with the same keys that has no parent yet.  So the indexes of the partition must be in the order of their parents.

local twins = {}

local function oid_of(index) return index._index_oid or index._address >> 11 & 0xffffffff end

-- Calls visit(part, above) for an index and its twins whose parents ATTACH PARTITION finds, in the order of these parents.
-- `index`: of the schema to reach; above: the parent in the schema to start from.
local function each(index, from, drops, visit)
  local keys, list = index.kind.keys(index), {}
  for _, part in ipairs(index.table.parts) do
    local above = part._above and part.kind.keys(part) == keys and from.objects[part._above.of.id]
    if above and not drops[above] then list[#list + 1] = { part = part, above = above } end
  end
  table.sort(list, function(a, b) return oid_of(a.above) < oid_of(b.above) end)
  for _, item in ipairs(list) do visit(item.part) end
end

-- Must an index of the schema to reach be created again, because it is before one that ATTACH PARTITION must find earlier?
function twins.is_misplaced(index, from, drops)
  local last, new, misplaced = 0, false, false
  each(index, from, drops, function(part)
    local old = from.objects[part.id]
    local wrong = old and (new or oid_of(old) < last)
    if not old or wrong then new = true else last = oid_of(old) end
    if part == index then misplaced = wrong or false end
  end)
  return misplaced
end

-- Adds the pairs { first, second } of the changes that create twins in this order.
function twins.add_edges(list, partition, graph)
  local seen = {}
  for _, part in ipairs(partition.child.parts or {}) do
    local before
    if part._above and graph.creates[part] and not seen[part] then
      each(part, graph.from, graph.drops, function(twin)
        local comes = graph.creates[twin]
        seen[twin] = true
        if before and comes then list[#list + 1] = { before, comes } end
        before = comes or before
      end)
    end
  end
end

return twins

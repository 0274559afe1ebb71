local core = ...
local relation = core.require "schema.sql.relation"
local twins = core.require "schema.sql.twins"

-- Has the index of a partitioned table no index in this partition?
local function is_without(index, partition)
  for _, link in ipairs(index._below or {}) do
    if link.partition == partition then return false end
  end
  return true
end

-- ATTACH PARTITION also attaches the indexes with the same keys. So where they are not attached, the partition is attached
-- before the index of the partitioned table is created.
local function keep_apart(partition)
  for _, index in ipairs(partition._of.parts or {}) do
    local keys = index.kind.keys and index.kind.keys(index)
    for _, part in ipairs(keys and is_without(index, partition) and partition.child.parts or {}) do
      if part.kind.keys and part.kind.keys(part) == keys then partition.needs[index] = "around" end
    end
  end
end

-- Notes what an index, or a constraint with an index, is a partition of.  `holder`: its table.
local function attach(o, child, parent, holder)
  o.needs[child], o.needs[parent] = "owned", "owned"
  child._attached = true
  o.child, o.of, o.partition = child, parent, holder and holder.partition
  child._above, child.needs[parent] = o, "below"
  parent._below = parent._below or {}
  table.insert(parent._below, o)
  parent._holds_constraint = parent._holds_constraint or child.kind ~= parent.kind
  if o.partition then o.needs[o.partition] = "owned" end
  -- ALTER TABLE ... ATTACH PARTITION uses an index of the partitioned table only if that index is valid (partition.lua).
  local above = parent.table and parent.table.partition
  if above then above.needs[o] = "beside" end
end

-- The fact that an index is a partition of the index of a partitioned table. PostgreSQL cannot attach the index of an
-- exclusion constraint (constraint.lua).
return {
  kind  = "INDEX PARTITION",
  rank  = 68,
  found_in = "pg_inherits",
  query = [[
SELECT @address(pg_inherits, c.oid, 0) AS _address, format('%I.%I', n.nspname, c.relname) AS name,
       @address(pg_class, c.oid, 0) AS _child, @address(pg_class, p.oid, 0) AS _parent,
       @address(pg_class, x.indrelid, 0) AS _relation, format('%I.%I', pn.nspname, p.relname) AS parent
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_index x ON x.indexrelid = c.oid
  JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
 WHERE c.relkind IN ('i', 'I') AND NOT x.indisexclusion AND @ours(n) AND @own(pg_class, c.oid)]],

  finish = function(snapshot)
    local below = {}
    for _, o in ipairs(snapshot.of_kind "INDEX PARTITION") do
      local child, parent = snapshot.resolve(o._child), snapshot.resolve(o._parent)
      -- A table that is a member of an extension has no objects for its constraints.
      if child.kind.keys and parent.kind.keys then attach(o, child, parent, snapshot.by_address[o._relation]) end
    end
    -- A foreign key can refer only to a valid index. The index of a partitioned table is valid once the indexes of all
    -- partitions are attached, also those of partitions of partitions.
    local function add_below(key, index)
      for _, link in ipairs(index._below or {}) do
        below[#below + 1] = { key, link }
        add_below(key, link.child)
      end
    end
    for _, o in ipairs(snapshot.of_kind "CONSTRAINT") do
      for needed in pairs(o.type == "f" and o.needs or {}) do add_below(o, needed) end
    end
    for _, pair in ipairs(below) do pair[1].needs[pair[2]] = "before" end
    for _, o in ipairs(snapshot.of_kind "PARTITION") do keep_apart(o) end
  end,

  -- ATTACH PARTITION chooses one of the indexes with the same keys, so the others are created again after it.
  takes_when_new = function(o, from)
    if not o.partition or from.objects[o.partition.id] then return nil end
    if twins.is_misplaced(o.child, from, {}) then return from.objects[o.child.id] end
    for _, twin in ipairs(relation.twins(o.child)) do
      if not twin._above and from.objects[twin.id] then return from.objects[twin.id] end
    end
  end,
  -- PostgreSQL cannot detach an index. So the index of the parent is dropped and created again,
  -- without this one.
  takes = function(o, drops) return not drops[o.partition] and { o.of } or {} end,
  goes_with = function(o, drops)
    return drops[o.partition] and o.partition or drops[o.of] and o.of or drops[o.child] and o.child
  end,

  create = function(o) return ("ALTER INDEX %s ATTACH PARTITION %s"):format(o.parent, o.name) end,
  -- PostgreSQL has no statement for this: the index is dropped with the index of the parent, or
  -- after it.
  drop = false,
}

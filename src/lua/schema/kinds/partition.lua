local core = ...
local twins = core.require "schema.sql.twins"

-- The fact that a table is a partition of another one. A partition is created as a table and then attached, so that its
-- own indexes and constraints keep their names.

-- Must an index of a new partition be created after ATTACH PARTITION?  That statement gives each index that the partitioned
-- table has an index with the same keys, and may not choose one that belongs to another index or to none. If the index waits,
-- so does the fact that another index belongs to it.
local function waits(index, link, graph)
  local keys, any = index.kind.keys(index), false
  for _, above in ipairs(link._of.parts) do
    local is_there = link.needs[above] ~= "around" or not graph.creates[above]
    if is_there and above.kind.keys and above.kind.keys(above) == keys then
      if index._above and index._above.of == above then return false end
      any = true
    end
  end
  return any
end

-- Does a foreign key refer to a table, or to a table of which it is a partition?
local function is_referred(relation)
  while relation do
    if relation._references then return true end
    relation = relation.partition and relation.partition.of
  end
  return false
end

-- Dropping a parent also drops its partitions, unless they are detached before. PostgreSQL refuses to drop a partition
-- while a foreign key refers to the parent, or to its parents, so it is detached before.
local function goes_with(o, drops)
  return drops[o.child] and (drops[o.of] or not is_referred(o.of)) and o.child
end

-- Is the copy of a constraint dropped with the copy in the parent, which is detached before?
local function goes_before(o, original, drops)
  local outer = o.of.partition
  return original.table ~= o.of and drops[outer] and not goes_with(outer, drops)
end

-- Would ATTACH PARTITION give an index of a partition that comes back to an index to which it must not belong?  It can do that if
-- the partitioned table keeps an index with the same keys, and the right one comes later, or is new to this index.
local function is_mistaken(index, parent, drops, both)
  local new = both.to.objects[index.id]
  local wanted = new and new._above and both.from.objects[new._above.of.id]
  local stays = wanted and not drops[wanted] and index._above and index._above.of == wanted
  if not (new and new._above) then return false end
  if stays then return twins.is_misplaced(new, both.from, drops) end
  local keys = index.kind.keys(index)
  for _, above in ipairs(parent.parts or {}) do
    if above ~= wanted and not drops[above] and above.kind.keys and above.kind.keys(above) == keys then return true end
  end
  return false
end

-- The indexes of the partition that are created again after ATTACH PARTITION.
local function takes(o, drops, both)
  local list, new = {}, both.to.objects[o.id]
  local parent = new and both.from.objects[new._of.id]
  for _, part in ipairs(parent and o.child.parts or {}) do
    local is_index = not drops[part] and part.kind.keys and part.kind.keys(part)
    if is_index and is_mistaken(part, parent, drops, both) then list[#list + 1] = part end
  end
  return list
end

return {
  kind  = "PARTITION",
  rank  = 67,
  found_in = "pg_inherits",
  query = [[
SELECT @address(pg_inherits, c.oid, 0) AS _address, format('%I.%I', n.nspname, c.relname) AS name,
       @address(pg_class, c.oid, 0) AS _child, @address(pg_class, p.oid, 0) AS _parent,
       format('%I.%I', pn.nspname, p.relname) AS parent, pg_get_expr(c.relpartbound, c.oid) AS bound,
       -- Its constraints that PostgreSQL made for those of the parent (constraint.lua).  A foreign key of the partition that
       -- refers to a partitioned table has one in the same table below it, for each partition of that.
       ARRAY(SELECT quote_ident(k.conname) FROM pg_constraint k JOIN pg_constraint o ON o.oid = k.conparentid
              WHERE k.conrelid = c.oid AND k.contype IN ('f', 'x') AND o.conrelid <> k.conrelid ORDER BY k.oid) AS _copies,
       ARRAY(SELECT @address(pg_constraint, k.oid, 0) FROM pg_constraint k JOIN pg_constraint o ON o.oid = k.conparentid
              WHERE k.conrelid = c.oid AND k.contype IN ('f', 'x') AND o.conrelid <> k.conrelid ORDER BY k.oid) AS _originals
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
 WHERE c.relispartition AND c.relkind IN ('r', 'p', 'f') AND @ours(n) AND @own(pg_class, c.oid)]],

  -- A partition is attached after its own parts are created. In pg_depend, the child itself depends on the parent.
  -- Until PostgreSQL 14, DETACH PARTITION breaks a foreign key of the partition that refers to a partitioned table: each of its
  -- copies for the partitions there becomes a constraint of its own. So the key is created again.
  finish = function(snapshot)
    for _, o in ipairs(snapshot.of_kind "PARTITION") do
      local child = snapshot.by_address[o._child]
      snapshot.link(o, child, snapshot.by_address[o._parent])
      local parent = o._of
      child.partition, o.of = o, parent
      parent._partitions = parent._partitions or {}
      table.insert(parent._partitions, child)
      for _, key in ipairs(snapshot.version < 150000 and child._keys or {}) do
        if key._referred.partition_key then key.needs[o] = "normal" end
      end
      for i, address in ipairs(o._originals) do o._originals[i] = snapshot.resolve(address) end
    end
  end,

  goes_with = goes_with,
  takes = takes,
  does = { create = "AlterTable.AttachPartition" },
  create = function(o) return ("ALTER TABLE ONLY %s ATTACH PARTITION %s %s"):format(o.parent, o.name, o.bound) end,
  -- After DETACH, the copy of a constraint that the parent keeps would become the partition's own.
  drop = function(o, _, drops)
    local list = { ("ALTER TABLE %s DETACH PARTITION %s"):format(o.parent, o.name) }
    for i, copy in ipairs(o._copies) do
      local original = o._originals[i]
      if not (drops[original] or goes_before(o, original, drops)) then list[#list + 1] = ("ALTER TABLE %s DROP CONSTRAINT %s"):format(o.name, copy) end
    end
    return list
  end,
  edges = function(change, graph)
    local list = {}
    for i, key in ipairs(change.verb == "drop" and change.object._originals or {}) do list[i] = { graph.drops[key], change } end
    local outer = change.verb == "drop" and graph.drops[change.object.of.partition]
    if outer and not outer.carrier then list[#list + 1] = { outer, change } end
    if change.verb == "create" then twins.add_edges(list, change.object, graph) end
    for part, how in pairs(change.verb == "create" and change.object.needs or {}) do
      if how == "beside" then
        local comes, late = graph.creates[part], waits(part.of or part, change.object, graph)
        list[#list + 1] = late and { change, comes } or { comes, change }
      end
    end
    return list
  end,
}

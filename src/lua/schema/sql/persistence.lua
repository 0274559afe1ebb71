-- persistence.lua: the order in which tables become LOGGED or UNLOGGED.
--
-- PostgreSQL lets no table that is logged refer to one that is not.  A foreign key also holds for the partitions of both
-- tables.  kinds/constraint.lua notes for each table its foreign keys in _keys, and in _references those that refer to it;
-- and for each foreign key in _referred the table to which it refers.

local persistence = {}

-- The foreign keys in this field of a table and of the tables whose partition it is.
local function foreign_keys(relation, field)
  local list = {}
  while relation do
    for _, key in ipairs(relation[field] or {}) do list[#list + 1] = key end
    relation = relation.partition and relation.partition.of
  end
  return list
end

-- Adds a table and its partitions to a list.
local function add_tables(list, relation)
  list[#list + 1] = relation
  for _, partition in ipairs(relation._partitions or {}) do add_tables(list, partition) end
  return list
end

local function changes(fields)
  for _, field in ipairs(fields or {}) do
    if field == "persistence" then return true end
  end
  return false
end

-- → edges of the change of a table (order.lua)
function persistence.edges(change, graph)
  local list, new = {}, change.object
  if change.verb ~= "alter" or not changes(change.fields) then return list end
  local function add(first, second)
    if first and second then list[#list + 1] = { first, second } end
  end
  for _, field in ipairs { "_keys", "_references" } do
    for _, key in ipairs(foreign_keys(change.old, field)) do add(graph.drops[key], change) end
    for _, key in ipairs(foreign_keys(new, field)) do add(change, graph.creates[key]) end
  end
  local unlogged = new.persistence == "u"
  for _, key in ipairs(foreign_keys(new, unlogged and "_references" or "_keys")) do
    for _, other in ipairs(graph.creates[key] and {} or add_tables({}, unlogged and key.table or key._referred)) do
      local before = graph.alters[other]
      if other ~= new and before and changes(before.fields) then add(before, change) end
    end
  end
  return list
end

-- Does a table refer to another one, directly or by others?
local function leads(from, to, seen)
  if from == to then return true end
  if seen[from] then return false end
  seen[from] = true
  for _, each in ipairs(add_tables({}, from)) do
    for _, key in ipairs(foreign_keys(each, "_keys")) do
      for _, referred in ipairs(add_tables({}, key._referred)) do
        if leads(referred, to, seen) then return true end
      end
    end
  end
  return false
end

-- Adds the foreign keys that forbid the change although the schema to reach has them.  PostgreSQL creates a foreign key
-- from a logged table to a partitioned table that has an unlogged partition; but while such a key exists, it refuses to
-- change a partition to unlogged.
local function add_forbidding(list, old, new)
  local unlogged = new.persistence == "u"
  local field, kept = unlogged and "_references" or "_keys", {}
  for _, key in ipairs(foreign_keys(new, field)) do
    for _, other in ipairs(add_tables({}, unlogged and key.table or key._referred)) do
      kept[key.id] = kept[key.id] or other ~= new and (other.persistence == "u") ~= unlogged
    end
  end
  for _, key in ipairs(foreign_keys(old, field)) do
    if kept[key.id] then list[#list + 1] = key end
  end
end

-- Does a foreign key of a table forbid that it has this persistence?
function persistence.forbids(relation, value)
  for _, key in ipairs(value ~= "u" and relation._keys or {}) do
    if key._referred ~= relation and key._referred.persistence == "u" then return true end
  end
  for _, key in ipairs(value == "u" and relation._references or {}) do
    if key.table ~= relation and key.table.persistence ~= "u" then return true end
  end
  return false
end

-- → the foreign keys on cycles, for which no order of the tables is right, and those that forbid the change in each order.
-- A table that refers to itself does not count as a cycle.
function persistence.releases(old, fields, new)
  local list = {}
  if changes(fields) then add_forbidding(list, old, new) end
  for _, key in ipairs(changes(fields) and foreign_keys(old, "_keys") or {}) do
    local itself = key._referred == old and key.table == old and not old._partitions
    if not itself and leads(key._referred, old, {}) then list[#list + 1] = key end
  end
  return list
end

return persistence

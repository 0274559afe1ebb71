-- preferences.lua: which changes come before others if possible.
--
-- These are pairs of changes: the first comes before the second, unless that makes a cycle (order.lua).

local core = ...
local text = core.require "schema.sql.text"

local preferences = {}

-- Is this an ALTER of a table that needs nothing of its parts?  Only SET LOGGED and SET UNLOGGED look at the foreign keys.
function preferences.spares_parts(change)
  return change ~= nil and change.verb == "alter" and not text.set(change.fields).persistence
end

-- The last part of an object's name, without quotes and arguments.
local function bare_name(object)
  local name = object._bare or text.last(object.name)
  return name:match '^"(.*)"$' or name
end

-- A word, and an operator.
local TOKENS = { "[%w_\x80-\xff]+", "[-+*/<>=~!@#%%^&|`?]+" }

-- Calls fn with each creation of an object that a string in `object`, such as a function body, names.  `named`: the
-- creations, by name.
local function each_mention(object, named, fn)
  local mentions = object.kind.mentions
  local body, said = mentions and mentions(object) or "", {}
  for _, pattern in ipairs(TOKENS) do
    for token in body:gmatch(pattern) do
      for _, change in ipairs(not said[token] and named[token] or {}) do fn(change) end
      said[token] = true
    end
  end
end

local function creations_by_name(graph)
  local named = {}
  for _, change in ipairs(graph.changes) do
    if change.verb == "create" and not change.object.table then
      local name = bare_name(change.object)
      named[name] = named[name] or {}
      table.insert(named[name], change)
    end
  end
  return named
end

-- If a string names an object, the object comes first if possible. pg_depend has no such dependency, but a statement can
-- run the string.
local function find_mentions(graph, prefer)
  local named = creations_by_name(graph)
  for _, change in ipairs(graph.changes) do
    if change.verb ~= "drop" then
      each_mention(change.object, named, function(mentioned)
        -- The function of an operator can use an operator of that name for other types.
        if not mentioned.object.needs[change.object] then prefer(mentioned, change) end
      end)
    end
  end
end

-- Adds an object and all that it needs, with the checks of domains, to a set.
local function add_needed(set, object, checks)
  if set[object] then return end
  set[object] = true
  for needed in pairs(object.needs) do add_needed(set, needed, checks) end
  for _, check in ipairs(checks[object.id] or {}) do add_needed(set, check, checks) end
end

-- A function that stays can name a new object. A change that needs this function may run it for the rows of a table, so the
-- new object comes first if possible.
local function find_calls(graph, prefer)
  local named, calls, checks = creations_by_name(graph), {}, {}
  for _, caller in ipairs(next(named) and graph.to.of_kind "FUNCTION" or {}) do
    if not graph.creates[caller] and not graph.alters[caller] then
      each_mention(caller, named, function(mentioned) calls[#calls + 1] = { caller, mentioned } end)
    end
  end
  if #calls == 0 then return end
  for _, check in ipairs(graph.to.of_kind "DOMAIN CONSTRAINT") do
    local id = "DOMAIN " .. check.domain
    checks[id] = checks[id] or {}
    table.insert(checks[id], check)
  end
  for _, change in ipairs(graph.changes) do
    local needed = {}
    if change.verb ~= "drop" then add_needed(needed, change.object, checks) end
    for _, call in ipairs(calls) do
      if needed[call[1]] and not needed[call[2].object] then prefer(call[2], change) end
    end
  end
end

-- Does the object use the table? A function body that is a string can name the table.
local function uses(object, relation)
  local mentions = object.kind.mentions
  local said = mentions and mentions(object) or ""
  return object.needs[relation] or said:find("%f[%w_]" .. bare_name(relation):gsub("%p", "%%%0") .. "%f[^%w_]")
end

-- New columns of an existing table keep their order, if possible.
local function find_new_columns(graph, prefer)
  local columns, last = {}, {}
  for _, change in ipairs(graph.changes) do
    local added = change.verb == "create" and change.object.kind.kind == "COLUMN" and not change.carrier
    if added then columns[#columns + 1] = change end
  end
  table.sort(columns, function(a, b) return a.key < b.key end)
  for _, change in ipairs(columns) do
    local relation = change.object.table
    if last[relation] then prefer(last[relation], change) end
    last[relation] = change
  end
end

-- Adds the ids of a table and of the tables from which it inherits.
local function add_lineage(ids, relation)
  ids[relation.id] = true
  for _, link in ipairs(relation._links or {}) do add_lineage(ids, link._of) end
  return ids
end

-- NO INHERIT makes the columns of the table its own, unless another parent has them. No statement changes that back, so a
-- table gets its new parents before it loses the old ones, if possible. What changes in an old parent comes after that, so
-- that it does not reach the table.
local function find_parents(graph, prefer)
  local gained = {}
  for _, change in ipairs(graph.changes) do
    local o = change.object
    if change.verb == "create" and o.kind.kind == "INHERITANCE" then
      gained[o.child.id] = gained[o.child.id] or {}
      table.insert(gained[o.child.id], change)
    end
  end
  for _, lost in ipairs(next(gained) and graph.changes or {}) do
    local o = lost.object
    local gains = lost.verb == "drop" and o.kind.kind == "INHERITANCE" and gained[o.child.id]
    local lineage = gains and add_lineage({}, o._of)
    for _, gain in ipairs(gains or {}) do prefer(gain, lost) end
    for _, change in ipairs(lineage and graph.changes or {}) do
      if change.object.table and lineage[change.object.table.id] then prefer(lost, change) end
    end
  end
end

-- Parts of a table are dropped before an ALTER of the table, and created after it, if possible.
local function find_tables(graph, prefer)
  for _, change in ipairs(graph.changes) do
    local relation = change.object.table
    local alter = relation and (change.verb == "drop" and graph.by_old or graph.alters)[relation]
    if preferences.spares_parts(alter) then
      if change.verb == "drop" then prefer(change, alter) else prefer(alter, change) end
    end
  end
end

-- A partition has the names of its parent's NOT NULL constraints, and PostgreSQL gives a constraint no name that is in use.
-- So the parent's columns become NOT NULL before the partition is created, if that is possible.
local function find_partitions(graph, prefer)
  for _, change in ipairs(graph.changes) do
    local o = change.object
    local child = change.verb == "create" and o.kind.kind == "PARTITION" and graph.creates[o.child]
    for _, part in ipairs(child and o.of.parts or {}) do
      local before = part.not_null and (graph.creates[part] or graph.alters[part])
      if before then prefer(before, child) end
    end
  end
end

-- The bounds of two partitions must not overlap, so partitions leave their parent before others come, if possible.
local function find_bounds(graph, prefer)
  local left = {}
  for _, change in ipairs(graph.changes) do
    local o = change.object
    if change.verb == "drop" and o.kind.kind == "PARTITION" and not graph.drops[o.of] then
      left[o.parent] = left[o.parent] or {}
      table.insert(left[o.parent], change)
    end
  end
  for _, change in ipairs(next(left) and graph.changes or {}) do
    local comes = change.verb == "create" and change.object.kind.kind == "PARTITION"
    for _, leaves in ipairs(comes and left[change.object.parent] or {}) do
      prefer(leaves, change)
    end
  end
end

-- A function changes before PostgreSQL rebuilds an index that uses it, if a partition comes to this index later: the session keeps
-- the body that it had then in the index, and ATTACH PARTITION compares it with that in the partition's index.
local function find_inlined(graph, prefer)
  for _, link in ipairs(graph.to.of_kind "INDEX PARTITION") do
    local index = graph.creates[link] and link.of
    for needed in pairs(index and index.table and index.needs or {}) do
      local change = needed.kind.kind == "FUNCTION" and graph.alters[needed]
      for _, part in ipairs(change and index.table.parts or {}) do
        if graph.alters[part] then prefer(change, graph.alters[part]) end
      end
    end
  end
end

-- Existing rows get a value only if ADD COLUMN includes the default. So the objects that the default of a new column
-- needs come before the column, if possible. But an object that uses the table may read this column, and comes after
-- it.
local function find_defaults(graph, prefer)
  for _, change in ipairs(graph.changes) do
    local column = change.verb == "create" and change.object.kind.kind == "DEFAULT" and graph.creates[change.object.of]
    for needed in pairs(column and not column.carrier and change.object.needs or {}) do
      local before = graph.creates[needed] or graph.alters[needed]
      if before and needed.table ~= column.object.table then
        if uses(needed, column.object.table) then prefer(column, before) else prefer(before, column) end
      end
    end
  end
end

-- → a list of pairs { first, second } for a graph (order.lua)
function preferences.find(graph)
  local list = {}
  local function prefer(first, second) list[#list + 1] = { first, second } end
  for _, find in ipairs { find_mentions, find_calls, find_defaults, find_new_columns, find_tables, find_partitions,
                          find_bounds, find_parents, find_inlined } do find(graph, prefer) end
  return list
end

return preferences

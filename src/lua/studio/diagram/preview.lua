-- preview.lua: what pending migrations do to the tables: a rehearsal in a scratch database that has the migrations that are
-- applied.  Both graphs are read from that one database, so an object has one OID in both, also if it gets another name.

local core = ...
local applied = core.require "schema.applied"
local catalog = core.require "studio.catalog.read"
local choose = core.require "studio.diagram.choose"
local compare = core.require "schema.difference.compare"
local new_workshop = core.require "schema.source"

local function read(workshop, db)
  return catalog.read(db, function()
    local graph, oids = choose.graph(db), {}
    for i, found in ipairs(graph.list) do oids[i], found.columns = found.oid, {} end
    for _, column in ipairs(choose.columns(db, oids)) do table.insert(graph.by_oid[column.of].columns, column) end
    return graph
  end), workshop:read(db)
end

-- Runs the steps; returns the error of the one that fails.
local function rehearse(workshop, db, steps)
  local database = db:value "SELECT pg_catalog.current_database()"
  for _, step in ipairs(steps) do
    local ok, err = pcall(workshop:server().rehearse, workshop:server(), database, step.stream .. "/" .. step.name, "up", function() end)
    if not ok then return { step = step.name, message = tostring(type(err) == "table" and err.message or err) } end
  end
end

-- ---- the union of two lists: each item with `state`: "added", "dropped", "changed", or nil ----

local function union(before, after, id, is_changed)
  local list, old = {}, {}
  for _, item in ipairs(before) do old[item[id]] = item end
  for _, item in ipairs(after) do
    local was = old[item[id]]
    list[#list + 1] = { item = item, was = was, state = not was and "added" or is_changed(was, item) and "changed" or nil }
    old[item[id]] = nil
  end
  for _, item in ipairs(before) do
    if old[item[id]] then list[#list + 1] = { item = item, was = item, state = "dropped" } end
  end
  return list
end

local function columns_of(found)
  local list = union(found.was and found.was.columns or {}, found.state == "dropped" and {} or found.item.columns, "number",
    function(old, new) return old.name ~= new.name or old.type ~= new.type or old.primary ~= new.primary end)
  table.sort(list, function(a, b) return a.item.number < b.item.number end)
  for i, each in ipairs(list) do
    local column = each.item
    list[i] = { number = column.number, name = column.name, type = column.type, primary = column.primary, foreign = false,
                state = found.state and found.state ~= "changed" and found.state or each.state,
                was = each.state == "changed" and each.was or nil }
  end
  return list
end

-- The tables, by OID and in a list.  `touched`: names of those of which another part differs, such as an index.
local function tables_of(before, after, touched)
  local by_oid, list = {}, {}
  for i, each in ipairs(union(before.list, after.list, "oid", function(old, new) return old.name ~= new.name or old.schema ~= new.schema end)) do
    local found = { oid = each.item.oid, schema = each.item.schema, name = each.item.name, state = each.state, more = 0, columns = columns_of(each) }
    for _, column in ipairs(found.columns) do
      if column.state and not found.state then found.state = "changed" end
    end
    if touched[each.item.quoted] and not found.state then found.state = "changed" end
    list[i], by_oid[found.oid] = found, found
  end
  return list, by_oid
end

local function same_columns(a, b) return table.concat(a, ",") == table.concat(b, ",") end

-- The foreign keys; their tables differ, too.
local function keys_of(before, after, by_oid)
  local keys = {}
  for i, each in ipairs(union(before.keys, after.keys, "oid", function(old, new)
    return not same_columns(old.from_columns, new.from_columns) or not same_columns(old.to_columns, new.to_columns)
  end)) do
    local key, from = each.item, by_oid[each.item.from]
    keys[i] = { name = key.name, from = key.from, to = key.to, from_columns = key.from_columns, to_columns = key.to_columns, state = each.state }
    if each.state and not from.state then from.state = "changed" end
    for _, number in ipairs(key.from_columns) do
      for _, column in ipairs(from.columns) do column.foreign = column.foreign or column.number == number end
    end
  end
  return keys
end

-- ---- what is shown: the tables that differ, and those that they refer to ----

local function choose_tables(list, keys, by_oid)
  local chosen, shown = {}, {}
  local function add(found)
    if not chosen[found.oid] and #shown < choose.most then chosen[found.oid], shown[#shown + 1] = true, found end
  end
  for _, found in ipairs(list) do
    if found.state then add(found) end
  end
  for _, key in ipairs(keys) do
    if by_oid[key.from].state then add(by_oid[key.to]) end
  end
  local kept = {}
  for _, key in ipairs(keys) do
    if chosen[key.from] and chosen[key.to] then kept[#kept + 1] = key end
  end
  return shown, kept
end

local hows = { missing = "dropped", unexpected = "added", changed = "changed" }

-- All objects that differ, and the names of the tables to which they belong.
local function changes_of(before, after)
  local changes, touched = {}, {}
  for i, difference in ipairs(compare.snapshots(after, before)) do
    local object = difference.object
    changes[i] = { how = hows[difference.how], kind = object.kind.kind:lower(), name = object.name,
                   fields = table.concat(difference.fields or {}, ", "):gsub("_", " ") }
    if object.table then touched[object.table.name] = true end
  end
  return changes, touched
end

-- plan: of project:plan → { tables, keys, changes, problem = { step, message } or nil, left_out }
return function(ctx, plan)
  local workshop <close> = new_workshop(ctx, ctx.config.scratch)
  local names, args = applied(ctx.project:status {})
  local db = workshop:database { applied = names, args = args }
  local before, old = read(workshop, db)
  local problem = rehearse(workshop, db, plan.steps)
  local after, new = read(workshop, db)
  local changes, touched = changes_of(old, new)
  local list, by_oid = tables_of(before, after, touched)
  local keys = keys_of(before, after, by_oid)
  local tables, kept = choose_tables(list, keys, by_oid)
  local differ = 0
  for _, found in ipairs(list) do differ = differ + (found.state and 1 or 0) end
  return { tables = tables, keys = kept, changes = changes, problem = problem, left_out = math.max(0, differ - choose.most) }
end

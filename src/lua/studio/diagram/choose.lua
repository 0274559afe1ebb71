-- choose.lua: which tables a diagram shows: those of a schema, or those near to one table.  It reads all foreign keys
-- of the database in one query, and the columns of the chosen tables alone.

local core = ...
local catalog = core.require "studio.catalog.read"

local choose = {}

choose.most = 60 -- tables: more cannot be read on a screen
local COLUMNS <const> = 14

local tables_query = [[
SELECT c.oid, n.nspname AS schema, c.relname AS name, format('%I.%I', n.nspname, c.relname) AS quoted
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND NOT c.relispartition AND ]] .. catalog.ours .. [[
 ORDER BY n.nspname, c.relname]]

local keys_query = [[
SELECT k.oid, k.conname AS name, k.conrelid AS from, k.confrelid AS to, k.conkey AS from_columns, k.confkey AS to_columns
  FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY k.conrelid, k.conname]]

-- $1: the tables.
local columns_query = [[
SELECT a.attrelid AS of, a.attnum AS number, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       EXISTS (SELECT FROM pg_catalog.pg_index i
                WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey::int2[])) AS "primary"
  FROM pg_catalog.pg_attribute a
 WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum]]

-- { by_oid, list, keys } of the database.  Called in a transaction of catalog.read, as is choose.columns.
function choose.graph(db)
  local graph = { by_oid = {}, list = db:query(tables_query), keys = {} }
  for _, found in ipairs(graph.list) do
    graph.by_oid[found.oid], found.keys = found, {}
  end
  for _, key in ipairs(db:query(keys_query)) do
    local from, to = graph.by_oid[key.from], graph.by_oid[key.to]
    if from and to then
      table.insert(graph.keys, key)
      table.insert(from.keys, key)
      if to ~= from then table.insert(to.keys, key) end
    end
  end
  return graph
end

-- The tables that are at most `depth` foreign keys away, the nearest first.
local function neighbourhood(graph, first, depth)
  local chosen, list, from = { [first.oid] = true }, { first }, 1
  for _ = 1, depth do
    local to = #list
    for i = from, to do
      for _, key in ipairs(list[i].keys) do
        local other = graph.by_oid[key.from == list[i].oid and key.to or key.from]
        if not chosen[other.oid] then
          chosen[other.oid] = true
          list[#list + 1] = other
        end
      end
    end
    from = to + 1
  end
  return list
end

local function most_connected(list)
  table.sort(list, function(a, b)
    if #a.keys ~= #b.keys then return #a.keys > #b.keys end
    return a.name < b.name
  end)
  return list
end

function choose.columns(db, oids) return db:query(columns_query, oids) end

-- Keys first, because edges lead to them, then the others as far as there is room.
local function add_columns(db, list, keys)
  local oids, by_oid, used = {}, {}, {}
  for i, found in ipairs(list) do
    oids[i], by_oid[found.oid], used[found.oid] = found.oid, found, {}
    found.columns, found.more, found.state = {}, 0, false
  end
  for _, key in ipairs(keys) do
    for _, number in ipairs(key.from_columns) do used[key.from][number] = true end
    for _, number in ipairs(key.to_columns) do used[key.to][number] = true end
  end
  for _, column in ipairs(choose.columns(db, oids)) do
    local found = by_oid[column.of]
    column.foreign, column.state, column.was = false, false, false -- a row refuses other fields
    for _, key in ipairs(found.keys) do
      if key.from == found.oid then
        for _, number in ipairs(key.from_columns) do column.foreign = column.foreign or number == column.number end
      end
    end
    if used[column.of][column.number] or column.primary or #found.columns < COLUMNS then table.insert(found.columns, column)
    else found.more = found.more + 1 end
  end
end

local function keys_between(graph, list)
  local chosen, keys = {}, {}
  for _, found in ipairs(list) do chosen[found.oid] = true end
  for _, key in ipairs(graph.keys) do
    if chosen[key.from] and chosen[key.to] then keys[#keys + 1], key.state = key, false end
  end
  return keys
end

local function wanted_tables(graph, query)
  local list = {}
  for _, found in ipairs(graph.list) do
    if not query.schema or found.schema == query.schema then
      if query.table and found.name == query.table then return neighbourhood(graph, found, query.depth), found end
      if not query.table then list[#list + 1] = found end
    end
  end
  return #list > choose.most and most_connected(list) or list, nil
end

-- query: { schema, table, depth } -> { tables, keys, left_out = how many, center = the table or nil, schemas, names }
function choose.read(db, query)
  return catalog.read(db, function()
    local graph = choose.graph(db)
    local list, center = wanted_tables(graph, query)
    local left_out = math.max(0, #list - choose.most)
    for i = #list, choose.most + 1, -1 do list[i] = nil end
    local keys = keys_between(graph, list)
    add_columns(db, list, keys)
    return { tables = list, keys = keys, left_out = left_out, center = center, all = graph.list }
  end)
end

return choose

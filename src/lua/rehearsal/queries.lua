-- queries.lua: which queries of an application a migration breaks: they can be prepared before it, and not after it.

local core = ...

local kinds = { SelectStmt = true, InsertStmt = true, UpdateStmt = true, DeleteStmt = true, MergeStmt = true }

local SCHEMA = "SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n" ..
  " ON n.oid OPERATOR(pg_catalog.=) e.extnamespace WHERE e.extname OPERATOR(pg_catalog.=) 'pg_stat_statements'"

-- The queries that the extension pg_stat_statements has seen in this database.
local function seen_queries(db)
  local schema = db:value(SCHEMA)
  if not schema then
    core.fail("usage", "this database does not have the extension pg_stat_statements",
              "Create it, or give --queries a file of SQL.")
  end
  local texts = {}
  for row in db:rows("SELECT s.query FROM " .. db:escape_identifier(schema) .. ".pg_stat_statements s WHERE s.dbid" ..
                     " OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname" ..
                     " OPERATOR(pg_catalog.=) pg_catalog.current_database())") do
    texts[#texts + 1] = row.query
  end
  return texts
end

-- A text that is one query, as it is prepared; nil for another one.  The text comes from elsewhere: it must not become two
-- statements here.
local function preparable(text)
  local ok, list = pcall(moonbird.statements, text)
  if not ok or #list ~= 1 or not list[1].tree or not kinds[list[1].tree.tag] then return nil end
  return list[1].text
end

local Queries = {}
Queries.__index = Queries

-- Prepares the query; the error if that fails.
local function prepare(db, query)
  local ok, err = pcall(db.transaction, db, function()
    db:exec("PREPARE moonbird_query AS " .. query)
    db:exec "DEALLOCATE moonbird_query"
  end)
  return not ok and err or nil
end

-- `source`: a file, or "pg_stat_statements".  `db`: the scratch database before the migrations.
local function new_queries(ctx, source, db)
  local texts, good = {}, {}
  if source == "pg_stat_statements" then texts = seen_queries(ctx.db)
  else
    for i, statement in ipairs(moonbird.statements(core.read(source), source)) do texts[i] = statement.text end
  end
  for _, text in ipairs(texts) do
    local query = preparable(text)
    if query and not prepare(db, query) then good[#good + 1] = query end
  end
  return setmetatable({ good = good, count = #texts }, Queries)
end

-- The queries that can no longer be prepared: { query, message } each.
function Queries:broken(db)
  local broken, good = moonbird.json.array(), {}
  for _, query in ipairs(self.good) do
    local err = prepare(db, query)
    if err then broken[#broken + 1] = { query = query, message = err.message } else good[#good + 1] = query end
  end
  self.good = good
  return broken
end

return new_queries

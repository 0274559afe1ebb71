-- change.lua: inserts, updates and deletes one row.
--
-- An update or a delete finds the row by its key and by its version, the transaction that wrote it (xmin): if another
-- session has changed the row since the page was made, nothing is found, and nothing is changed.

local core = ...
local statement = core.require "studio.rows.statement"
local filter = core.require "studio.rows.filter"

local change = {}

local LOCK_TIMEOUT = "3s"

-- `history` is the schema of moonbird's own tables.
local function refusal(relation, history)
  if relation.letter ~= "r" and relation.letter ~= "p" then return ("rows of a %s cannot be edited here"):format(relation.kind) end
  if relation.schema == history then return "only moonbird changes the history: see mark, forget and repair" end
  if relation.schema:find "^pg_" or relation.schema == "information_schema" then return "the catalog of PostgreSQL cannot be edited here" end
  if relation.letter == "p" and not relation.key then return "rows of a partitioned table without a key cannot be edited here" end
end

local function history_schema(ctx) return ctx.config and ctx.config.history_schema or "moonbird" end

-- Raises if the rows of the relation cannot be edited: this studio only reads, a policy refuses it, or the relation does.
function change.check(ctx, relation)
  ctx.project:edit(function() end)
  local why = refusal(relation, history_schema(ctx))
  if why then core.fail("usage", why) end
end

-- Why a person cannot edit them; nil if they can.
function change.refusal(ctx, relation)
  return ctx.project:edit_refusal() or refusal(relation, history_schema(ctx))
end

-- May a person give the column a value?
function change.can_set(column) return column.generated == "" and column.identity ~= "a" end

local function fail(hint, fmt, ...) core.fail("usage", fmt:format(...), hint) end

-- The columns with new values, in the order of the table.  `values`: { name = text, or moonbird.null }.
local function columns_of(relation, values)
  local list = {}
  for name in pairs(values) do
    if not relation.by_name[name] then fail(nil, "there is no column \"%s\"", name) end
  end
  for _, column in ipairs(relation.columns) do
    if values[column.name] ~= nil then
      if not change.can_set(column) then fail(nil, "column \"%s\" gets its value from PostgreSQL", column.name) end
      list[#list + 1] = column
    end
  end
  return list
end

-- The column gives the value its type.
local function add_value(s, values, column)
  local value = values[column.name]
  if value == moonbird.null then return s:value(nil) end
  if column.base == "bytea" then return s:typed(tostring(value), column) end
  return s:value(tostring(value))
end

local function add_where(s, relation, body)
  s:add " WHERE "
  filter.add_equal(s, relation, body.key)
  return s:add " AND t.xmin OPERATOR(pg_catalog.=) ":value(tostring(body.version), "pg_catalog.xid")
end

local make = {}

function make.update(relation, body)
  local columns = columns_of(relation, body.values)
  if #columns == 0 then fail(nil, "no value has changed") end
  local s = statement.new():add(("UPDATE %s t SET "):format(relation.from))
  s:list(columns, ", ", function(_, column) add_value(s:add(column.quoted .. " = "), body.values, column) end)
  return add_where(s, relation, body)
end

function make.delete(relation, body)
  return add_where(statement.new():add(("DELETE FROM %s t"):format(relation.from)), relation, body)
end

function make.insert(relation, body)
  local columns = columns_of(relation, body.values)
  local s = statement.new():add("INSERT INTO " .. relation.quoted)
  if #columns == 0 then return s:add " DEFAULT VALUES" end
  s:add(" ("):list(columns, ", ", function(_, column) s:add(column.quoted) end):add ") VALUES ("
  return s:list(columns, ", ", function(_, column) add_value(s, body.values, column) end):add ")"
end

-- body: { action = "insert", "update" or "delete", key, version, values } -> a statement
function change.statement(relation, body)
  if type(body) ~= "table" or not make[body.action] then fail(nil, "unknown action") end
  if body.action ~= "insert" and (type(body.key) ~= "table" or not next(body.key) or not body.version) then
    fail(nil, "the row has no key")
  end
  body.values = type(body.values) == "table" and body.values or {}
  return make[body.action](relation, body)
end

-- The key of the row after the update; nil for a row that was found by its place, which is another one now.
function change.key_after(body)
  local key = {}
  for name, value in pairs(body.key) do
    if name == "ctid" then return nil end
    key[name] = body.values[name] or value
  end
  return key
end

-- Runs it in the transaction that is open; an error if it changes another number of rows than one.
function change.run(db, s, action)
  db:set("lock_timeout", LOCK_TIMEOUT)
  local n = db:exec(s:parameters())
  if n == 1 then return end
  if n > 1 then fail(nil, "the statement would change %d rows", n) end
  if action == "insert" then fail("A trigger may have skipped it.", "no row was inserted") end
  fail("Load the page again to see it as it is.", "the row has changed, or is gone, since the page was made")
end

return change

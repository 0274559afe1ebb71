-- A call keeps what it uses: a function of the script that runs inside the call cannot close it.
-- Tables are read without metamethods, since a metamethod could close it, too.
local expect = require "expect"

-- Each function calls fn during a call on c.
local inside = {}

function inside.transaction(c, fn) c:transaction(fn) end
function inside.try(c, fn) assert(c:try(fn)) end
function inside.batch(c, fn) c:batch(fn) end
function inside.with_schema(c, fn) c:with_schema("pg_catalog", fn) end
function inside.copy(c, fn) c:copy("u", { "a" }, function() fn() return nil end) end
function inside.copy_closing(c, fn) c:copy("u", { "a" }, function() end, nil, nil, setmetatable({}, { __close = fn })) end

function inside.coroutine(c, fn)
  c:transaction(function()
    local ok, err = coroutine.resume(coroutine.create(fn))
    if not ok then error(err, 0) end
  end)
end

local closers = {
  close = function(c) c:close() end,
  scope = function(c) local _ <close> = c end,
}

local function refused(db)
  for name, call in pairs(inside) do
    for how, close in pairs(closers) do
      local c = moonbird.connect "writable"
      c:exec "CREATE TEMP TABLE u (a int)"
      local err = expect.fails(function() call(c, function() close(c) end) end, "the connection is in use")
      assert(tostring(err):find("Close it after", 1, true), name .. ", " .. how)
      expect.equal(c:value "SELECT 1", 1, name)
      c:close()
      expect.fails(function() c:value "SELECT 1" end, "the connection is closed")
    end
  end
  expect.equal(db:value "SELECT 1", 1)
end

-- The cursor of a loop, and its connection.
local function loops()
  local c = moonbird.connect "other"
  local seen = 0
  expect.fails(function()
    for _ in c:rows "SELECT generate_series(1, 100)" do
      seen = seen + 1
      c:close()
    end
  end, "these rows are no longer valid")
  expect.equal(seen, 1)
  c = moonbird.connect "other"
  local rows = c:rows "SELECT 1 AS a, 2 AS a"
  for _ = 1, 3 do expect.fails(rows, 'two columns have the name "a"') end
  rows:close()
  expect.equal(rows(), nil)
  c:close()
end

-- A loop is collected while its connection copies rows: no transaction stays open.
local function dropped_loop()
  local c = moonbird.connect "writable"
  c:exec "CREATE TEMP TABLE u (a int)"
  local rows = c:rows "SELECT generate_series(1, 3000)"
  rows()
  assert(c.in_transaction)
  c:copy("u", { "a" }, function()
    rows = nil
    collectgarbage()
  end)
  assert(not c.in_transaction)
  c:close()
end

-- Every metamethod of a value, and of the table that holds it.
local function hostile(act)
  local meta = {}
  for _, name in ipairs { "__index", "__len", "__pairs", "__tostring", "__eq", "__lt", "__concat", "__call", "__name" } do
    meta[name] = function() act() return nil end
  end
  return meta
end

local function parameters()
  local calls = {
    parameter = function(c, v) c:exec("SELECT $1::jsonb", v) end,
    array = function(c, v) c:exec("SELECT $1::int[]", v) end,
    composite = function(c, v) c:exec("SELECT $1::pair", v) end,
    insert = function(c, v) c:insert("u", v) end,
    insert_list = function(c, v) c:insert("u", { v, v }) end,
    copy = function(c, v) c:copy("u", { "a", "j" }, { v }) end,
    copy_list = function(c, v) c:copy("u", { "a", "j" }, v) end,
    columns = function(c, v) c:copy("u", v, { { 1 } }) end,
    options = function(c, v) c:insert("u", { a = 1 }, v) end,
    conflict = function(c, v) c:insert("u", { a = 1 }, { on_conflict = v, returning = v }) end,
    update = function(c, v) c:update("u", { a = 1 }, v, { returning = "a" }) end,
    update_set = function(c, v) c:update("u", v, "true", v) end,
    delete = function(c, v) c:delete("u", { a = v }) end,
    format = function(c, v) c:format("%L %L", 1, v) end,
    decimal = function(_, v) return moonbird.decimal "1" + v end,
    batch = function(c, v) c:batch(function(b) b:exec("SELECT $1::jsonb", v) end) end,
    rows = function(c, v) for _ in c:rows("SELECT $1::jsonb", v) do end end,
    set = function(c, v) c:transaction(function() c:set("app.x", v) end) end,
    step = function(c, v) c:step("a", v) end,
    encode = function(_, v) moonbird.json.encode { v, a = v } end,
    connect = function(_, v) moonbird.connect("other", v) end,
    csv = function(_, v) moonbird.csv("lib/people.csv", v) end,
  }
  for name, call in pairs(calls) do
    for _, shape in ipairs { {}, { a = 1 }, { 1, 2 }, { { a = 1 } }, { a = { 1 }, j = { 2 } } } do
      local c = moonbird.connect "writable"
      c:exec "CREATE TEMP TABLE u (a int, j jsonb); CREATE TYPE pg_temp.pair AS (a int, j jsonb)"
      local function act() pcall(c.close, c) collectgarbage() end
      local value = setmetatable(shape, hostile(act))
      for k, v in next, shape do if type(v) == "table" then rawset(shape, k, setmetatable(v, hostile(act))) end end
      local ok, err = pcall(call, c, value)
      assert(ok or not tostring(err):find "connection is closed", name .. ": a metamethod ran")
      pcall(c.close, c)
    end
  end
end

-- A table that changes while its rows are written.
local function json_that_changes()
  for _ = 1, 20 do
    local outer = {}
    for i = 1, 200 do outer["a long key that is not kept elsewhere, number " .. i] = i end
    outer.nested = setmetatable({}, { __index = function()
      for k in next, outer do outer[k] = nil end
      collectgarbage()
    end, __pairs = error })
    moonbird.json.encode(outer)
  end
  for _, mode in ipairs { "k", "v", "kv" } do
    for _ = 1, 50 do
      local weak = setmetatable({}, { __mode = mode })
      for i = 1, 100 do weak["key number " .. i .. " of many, too long to be interned"] = { i } end
      moonbird.json.encode(weak)
      moonbird.json.encode(setmetatable({ {}, {}, {}, {} }, { __mode = mode }))
    end
  end
end

-- A script cannot set a finalizer, because it could run in the middle of any call.
local function no_finalizers(db)
  expect.fails(function() setmetatable({}, { __gc = print }) end, "__gc")
  db:exec "CREATE TABLE one (a int[], b jsonb); INSERT INTO one VALUES ('{1}', '[1]')"
  local row = db:row "SELECT * FROM one"
  local _, err = pcall(moonbird.read, "nothing")
  for _, value in ipairs { row, row.a, row.b, moonbird.json.object(), moonbird.null, moonbird.decimal "1", db,
                           moonbird.typed(1, "int"), err, moonbird.csv "lib/people.csv" } do
    assert(type(getmetatable(value)) ~= "table", tostring(value))
  end
end

return function(db)
  refused(db)
  loops()
  dropped_loop()
  parameters()
  json_that_changes()
  no_finalizers(db)
end

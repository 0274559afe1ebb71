-- Random programs that use everything that a script can hold, close, end or be called by.  The checks: the
-- process survives (run it with the sanitizers), a connection works afterwards, and no transaction
-- stays open.  MOONBIRD_RANDOM is the number of programs, MOONBIRD_SEED the seed of the first one.
local null = moonbird.null

local programs = tonumber(moonbird.env("MOONBIRD_RANDOM", "25"))
local first = tonumber(moonbird.env("MOONBIRD_SEED", "1"))

local random = math.random
local function pick(list) return list[#list > 0 and random(#list) or 1] end

-- Keeps at most n values; the list has no holes.
local function keep(list, n, v)
  if v ~= nil then list[random(math.min(#list + 1, n))] = v end
end

local world -- of the program that runs: connections, rows, batches, coroutines, progress; and its depth
local act

-- Calls back into the program, and sometimes raises an error.
local function back()
  for _ = 1, random(0, 2) do act() end
  local how = random(12)
  if how == 1 then error "a string" elseif how == 2 then error { message = "a table", sqlstate = "XX001" }
  elseif how == 3 then error(setmetatable({}, { __tostring = function() act() return "told" end }))
  elseif how == 4 then error() end
  return how
end

local metamethods = { "__index", "__newindex", "__len", "__pairs", "__tostring", "__eq", "__lt", "__concat", "__call", "__close" }

local function hostile(t)
  local meta = { __mode = pick { "k", "v", "kv" } }
  if random(2) == 1 then meta.__mode = nil end
  for _, name in ipairs(metamethods) do
    if random(3) > 1 then meta[name] = function() act() collectgarbage() return random(3) end end
  end
  return setmetatable(t, meta)
end

local value

local makers = {
  function() return random(-5, 5) end,
  function() return random() end,
  function() return pick { "", "a", "\0", "\\x41", "{1,2}", "[1]", '"j"', ("long "):rep(30) } end,
  function() return pick { true, false, null } end,
  function() return moonbird.decimal "1.10" end,
  function() return moonbird.typed(value(1), pick { "int", "jsonb", "text[]", "pair", "no_such", "bytea" }) end,
  function() return { value(1), value(1), value(1) } end,
  function() return { a = value(1), j = value(1), b = value(1) } end,
  function() return hostile { value(1), a = value(1) } end,
  function() return hostile { value(1), value(1) } end,
  function() return moonbird.json.decode '{"a":[1,null,{}],"j":"x"}' end,
  function() return pick(world.values) end,
  function() return print end,
}

function value(depth)
  world.values_made = world.values_made + 1
  local v = makers[random(depth and random(2) == 1 and 5 or #makers)]()
  if random(5) == 1 then keep(world.values, 8, v) end
  return v
end

local function new_connection()
  local c = moonbird.connect "writable"
  c:exec "CREATE TEMP TABLE u (a int, j jsonb); CREATE TYPE pg_temp.pair AS (a int, j jsonb)"
  return c
end

-- Usually a connection that is open and whose transaction has not failed.
local function connection()
  local at = random(#world.connections)
  local c = world.connections[at]
  if random(5) > 1 and not pcall(c.value, c, "SELECT 1") then
    if pcall(c.close, c) then
      c = new_connection()
      world.connections[at] = c
    end
  end
  return c
end

local statements = {
  "SELECT 1 AS a", "SELECT $1::int AS a", "SELECT $1::jsonb AS j", "SELECT $1::int[] AS a, $2::jsonb AS j", "SELECT $1::pair AS p",
  "SELECT 1/0", "nonsense", "INSERT INTO u VALUES ($1, $2)", "SELECT * FROM u", "SELECT g AS a, 1 AS b FROM generate_series(1, 3000) g",
  "SELECT 1 AS a, 2 AS a", "DELETE FROM u", "SELECT repeat('x', 100000) AS a", "SELECT '\"s\"'::jsonb AS j, NULL AS b, '{1,NULL}'::int[] AS c",
  "CREATE TEMP TABLE IF NOT EXISTS u (a int, j jsonb)", "COPY u TO STDOUT", "COMMIT", "SELECT pg_catalog.set_config('search_path', 'pg_temp, public', false)",
  "SELECT 1; SELECT 2", "",
}

local good = { "1", 1, 2, "[1]", '{"a":1}', null }

-- A statement and values for it, which usually fit.
local function statement()
  local sql, list = pick(statements), {}
  for i = 1, select(2, sql:gsub("%$%d", "")) do list[i] = random(3) > 1 and pick(good) or value() end
  if random(12) == 1 then list[#list + 1] = value() end
  return sql, table.unpack(list)
end

local function source(c)
  local kind = random(6)
  if kind == 1 then return { { 1, "{}" }, { 2, nil } }
  elseif kind == 2 then return (c:query "SELECT 1 AS a, NULL::jsonb AS j")
  elseif kind == 3 then return connection():rows "SELECT g AS a FROM generate_series(1, 2000) g"
  elseif kind == 4 then return value()
  elseif kind == 5 then return pick(world.rows) or {} end
  local n = random(0, 4)
  return function()
    n = n - 1
    back()
    return n >= 0 and pick { { n }, { a = n }, value() } or nil
  end, value(), value(), hostile {}
end

local acts = {
  function() keep(world.connections, 3, new_connection()) end,
  function() if random(3) == 1 then connection():close() end end,
  function() if random(4) == 1 then local _ <close> = connection() back() end end,
  function() connection():exec(statement()) end,
  function() keep(world.values, 8, connection():query(statement())) end,
  function() keep(world.values, 8, connection():row(statement())) end,
  function() keep(world.values, 8, connection():value(statement())) end,
  function() keep(world.rows, 4, (connection():rows(statement()))) end,
  function() keep(world.rows, 4, (connection():rows "SELECT g AS a, '{}'::jsonb AS j FROM generate_series(1, 5000) g")) end,
  function() if random(3) == 1 then table.remove(world.rows) collectgarbage() end end,
  function() for _ = 1, random(20) do keep(world.values, 8, pick(world.rows)()) end end,
  function() if random(3) == 1 then pick(world.rows):close() end end,
  function()
    local n = random(0, 3)
    for row in connection():rows(statement()) do
      keep(world.values, 8, row)
      back()
      n = n - 1
      if n < 0 then break end
    end
  end,
  function() connection():try(back) end,
  function() connection():try(back) end,
  function() connection():transaction(back) end,
  function() connection():transaction(back) end,
  function() connection():with_schema(pick { "public", "pg_catalog", "pg_temp", "no such" }, back) end,
  function()
    connection():batch(function(b)
      keep(world.batches, 3, b)
      for _ = 1, random(0, 5) do b:exec(statement()) end
      back()
    end)
  end,
  function() pick(world.batches):exec(statement()) end,
  function() local c = connection() c:copy(pick { "u", "u", "u", "nothing" }, { "a", pick { "j", "j", "x" } }, source(c)) end,
  function() connection():insert(pick { "u", "u", "nothing" }, pick { value(), { value(), value() }, { a = 1 } }, pick { { returning = "*" }, {}, value() }) end,
  function() connection():update(pick { "u", "nothing" }, pick { { a = 1 }, value() }, pick { { a = { 1, 2 } }, "a > 1", { "a = $1", 1 }, value() }, pick { { returning = "*" }, value() }) end,
  function() connection():delete("u", pick { { a = 1, j = null }, value(), { "a = $1", value() } }) end,
  function() connection():exists(statement()) end,
  function() connection():format(pick { "%I %L", "%L", "%s%%", "%x" }, value(), value()) end,
  function() local _ = moonbird.decimal "1.10" + value() end,
  function() local _ = moonbird.decimal "1.10" == value() end,
  function() connection():set("app.x", value()) end,
  function() connection():step("name", pick { back, "SELECT 1" }) end,
  function() moonbird.json.encode(value()) end,
  function() moonbird.json.decode(pick { "[1,2", '{"a":"\\u0000"}', "null", value() }) end,
  function() local a, b = value(), value() return a == b, tostring(a), a .. b end,
  function() return #value() + value() end,
  function() return value()[pick { "a", "value", 1, "nothing" }] end,
  function() for row in moonbird.csv "lib/people.csv" do back() if row.name then break end end end,
  function() world.csv = moonbird.csv "lib/people.csv" world.csv() world.csv:close() world.csv() end,
  function() world.progress = moonbird.progress("x", 3) end,
  function() world.progress:add(1) back() world.progress:done() world.progress:add(1) end,
  function()
    keep(world.coroutines, 3, coroutine.create(function()
      for _ = 1, random(3) do act() coroutine.yield(value()) end
      connection():try(function() coroutine.yield() end)
    end))
  end,
  function() coroutine.resume(pick(world.coroutines), value()) end,
  function() coroutine.close(pick(world.coroutines)) end,
  function() table.remove(world.coroutines) collectgarbage() end,
  function() coroutine.wrap(function() back() end)() end,
  function() collectgarbage() end,
  function() moonbird.log.debug("%s %s", value(), value()) end,
  function() table.sort({ value(), value(), value() }) end,
  function() local c = connection() return c:columns(pick { "u", value() }), c:has_table(pick { "u", value() }) end,
  function() return connection():escape_literal(value()) end,
}

function act()
  if world.depth >= 6 or world.left <= 0 then return end
  world.depth, world.left = world.depth + 1, world.left - 1
  local fn = pick(acts)
  local ok, err
  if random(8) == 1 then fn() ok = true else ok, err = pcall(fn) end
  world.depth = world.depth - 1
  if not ok and random(10) == 1 then keep(world.values, 8, err) end
end

local function finish()
  for i in pairs(world.rows) do pcall(world.rows[i].close, world.rows[i]) end
  world.rows, world.coroutines, world.batches, world.values = {}, {}, {}, {}
  collectgarbage()
  collectgarbage()
  for _, c in pairs(world.connections) do
    if pcall(c.value, c, "SELECT 1") then assert(not c.in_transaction, "a transaction is open") end
    pcall(c.close, c)
  end
end

return function(db)
  for seed = first, first + programs - 1 do
    math.randomseed(seed)
    if programs > 1000 then moonbird.log.debug("seed %d", seed) end
    world = { connections = { new_connection(), new_connection() }, rows = {}, batches = {}, coroutines = {}, values = { 1, "a", {} },
              values_made = 0, depth = 0, left = 100 }
    while world.left > 0 do
      world.depth = 0
      pcall(act)
    end
    local ok, err = pcall(finish)
    if not ok then error(("seed %d: %s"):format(seed, tostring(err))) end
  end
  assert(db:value "SELECT 1" == 1)
end

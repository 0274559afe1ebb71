local expect = require "expect"

local function open_cursors(db)
  return db:value "SELECT count(*) FROM pg_cursors WHERE name LIKE 'mb\\_cursor%'"
end

local function all_of_them(db)
  for _, n in ipairs { 0, 1, 7, 8, 9, 72, 73, 584, 585, 1584, 1585, 5000 } do
    local count, sum = 0, 0
    for row in db:rows("SELECT i, 'row ' || i AS name FROM generate_series(1, $1::int) i", n) do
      count, sum = count + 1, sum + row.i
      assert(row.name == "row " .. row.i)
    end
    expect.equal(count, n)
    expect.equal(sum, n * (n + 1) // 2)
    expect.equal(open_cursors(db), 0)
  end
end

local function other_statements_inside(db)
  db:exec "CREATE TABLE seen (i int)"
  for a in db:rows "SELECT i FROM generate_series(1, 100) i" do
    for b in db:rows("SELECT i FROM generate_series(1, $1::int) i", 3) do
      db:exec("INSERT INTO seen VALUES ($1)", a.i * b.i)
    end
  end
  expect.equal(db:value "SELECT count(*) FROM seen", 300)
  expect.equal(open_cursors(db), 0)
end

local function kept_in_a_variable(db)
  local rows = db:rows "SELECT generate_series(1, 4) AS i"
  expect.equal(rows().i, 1)
  for row in rows do expect.equal(row.i, 2) break end
  expect.equal(rows().i, 3)
  rows:close()
  expect.equal(rows(), nil)
  expect.equal(open_cursors(db), 0)
  db:exec "CREATE TABLE copied (i int)"
  rows = moonbird.connect("other"):rows "SELECT generate_series(1, 3) AS i"
  expect.equal(db:copy("copied", { "i" }, rows), 3)
end

local function left_early(db)
  for row in db:rows "SELECT generate_series(1, 1000) AS i" do
    if row.i == 3 then break end
  end
  expect.equal(open_cursors(db), 0)
  expect.fails(function()
    for _ in db:rows "SELECT generate_series(1, 1000)" do error "left" end
  end, "left")
  expect.equal(open_cursors(db), 0)
end

local function ddl_on_the_table_of_an_exhausted_loop(db)
  local n = 0
  for _ in db:rows "SELECT * FROM seen WHERE i = 1" do
    n = n + 1
    db:exec "ALTER TABLE seen ADD COLUMN more int"
  end
  expect.equal(n, 1)
end

local function refusals(db)
  for _, sql in ipairs { "INSERT INTO seen (i) VALUES (1) RETURNING i", "SHOW work_mem", "EXPLAIN SELECT 1",
                         "WITH x AS (DELETE FROM seen RETURNING i) SELECT * FROM x" } do
    local ok, err = db:try(function() for _ in db:rows(sql) do end end)
    assert(not ok and tostring(err):find('use "query"', 1, true), tostring(err))
  end
  local _, err = db:try(function() for _ in db:rows "SELECT\n  nonsense" do end end)
  expect.equal(err.position, 10)
  assert(tostring(err):find("\n    nonsense\n    ^", 1, true), tostring(err))
  assert(not err.hint, err.hint)
  expect.equal(err.sql, "SELECT\n  nonsense")
  expect.equal(open_cursors(db), 0)
end

local function savepoints(db)
  -- Rows that were opened before a db:try stay open after it.
  local seen = 0
  for row in db:rows "SELECT generate_series(1, 200) AS i" do
    seen = seen + 1
    local ok = db:try(function() db:exec("SELECT 1 / $1::int", row.i % 2) end)
    expect.equal(ok, row.i % 2 == 1)
  end
  expect.equal(seen, 200)
  -- Rows that were opened inside a db:try that fails are closed with it, and nothing else is.
  local kept
  local ok = db:try(function()
    kept = table.pack(db:rows "SELECT generate_series(1, 200) AS i")
    kept[1](kept[2])
    db:exec "SELECT 1/0"
  end)
  expect.equal(ok, false)
  expect.fails(function() kept[1](kept[2]) end, "transaction that these rows belong to has ended")
  kept[2]:close()
  expect.equal(db:value "SELECT 1", 1)
  -- Rows that were opened in a db:try that succeeds stay open.
  ok, kept = db:try(function() return table.pack(db:rows "SELECT generate_series(1, 200) AS i") end)
  expect.equal(ok, true)
  local n = 0
  for _ in table.unpack(kept, 1, 4) do n = n + 1 end
  expect.equal(n, 200)
  expect.equal(open_cursors(db), 0)
end

-- A statement fails in the transaction that a loop began: the transaction is not committed.
local function swallowed_errors()
  local other <close> = moonbird.connect "writable"
  expect.fails(function()
    for row in other:rows "SELECT generate_series(1, 3) AS i" do
      if row.i == 1 then other:exec("CREATE TEMPORARY TABLE swallowed ()") end
      if row.i == 3 then assert(not pcall(other.exec, other, "SELECT 1/0")) end
    end
  end, "ignored its error", "The error was: division by zero", "db:try")
  expect.equal(other:value "SELECT to_regclass('swallowed')", nil)
  -- With db:try nothing is lost.
  for row in other:rows "SELECT generate_series(1, 3) AS i" do
    if row.i == 1 then other:exec("CREATE TEMPORARY TABLE swallowed ()") end
    if row.i == 3 then assert(not other:try(function() other:exec "SELECT 1/0" end)) end
  end
  expect.equal(other:value "SELECT count(*) FROM swallowed", 0)
end

-- The cursor of a loop that a failed statement ends is closed with the db:try, or by it.
local function failures_in_many_loops(db)
  for _ = 1, 40 do
    local before = table.pack(db:rows "TABLE seen")
    local ok, err = db:try(function()
      for _ in table.unpack(before, 1, 4) do
        for _ in db:rows "SELECT generate_series(1, 1000) AS i" do db:exec "SELECT 1/0" end
      end
    end)
    expect.equal(ok, false)
    expect.equal(err.sqlstate, "22012")
  end
  expect.equal(open_cursors(db), 0)
  db:exec "ALTER TABLE seen ADD COLUMN another int"
end

-- A COPY cannot read rows of its own connection.
local function failures_in_copies(db)
  for _ = 1, 40 do
    local ok, err = db:try(function() db:copy("copied", { "i" }, db:rows "SELECT generate_series(1, 1000) AS i") end)
    expect.equal(ok, false)
    expect.equal(err.message, "a COPY is in progress on this connection")
  end
  expect.equal(open_cursors(db), 0)
end

local function memory_is_flat(db)
  collectgarbage "collect"
  local before, most = collectgarbage "count", 0
  for _ in db:rows "SELECT i, repeat('x', 1000) AS x FROM generate_series(1, 30000) i" do
    most = math.max(most, collectgarbage "count" - before)
  end
  assert(most < 8 * 1024, most)
end

local function in_a_coroutine(db)
  local next_row = coroutine.wrap(function()
    for row in db:rows "SELECT generate_series(1, 3) AS i" do coroutine.yield(row.i) end
  end)
  expect.equal(next_row() + next_row(), 3)
end

return function(db)
  all_of_them(db)
  other_statements_inside(db)
  kept_in_a_variable(db)
  left_early(db)
  ddl_on_the_table_of_an_exhausted_loop(db)
  refusals(db)
  savepoints(db)
  swallowed_errors()
  failures_in_many_loops(db)
  failures_in_copies(db)
  memory_is_flat(db)
  in_a_coroutine(db)
end

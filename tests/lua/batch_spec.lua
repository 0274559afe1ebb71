local expect = require "expect"

local function many(db)
  db:exec "CREATE TABLE t (id int PRIMARY KEY, name text, data jsonb, tags text[])"
  expect.equal(db:batch(function(b)
    for i = 1, 5000 do b:exec("INSERT INTO t (id, name) VALUES ($1, $2)", i, "n" .. i) end
  end), 5000)
  expect.equal(db:value "SELECT sum(id)::int FROM t", 5000 * 5001 // 2)
  expect.equal(db:batch(function() end), 0)
end

-- Other statements see the earlier changes of the batch, and the batch sees theirs.
local function order_is_kept(db)
  db:batch(function(b)
    b:exec "DELETE FROM t"
    expect.equal(db:value "SELECT count(*) FROM t", 0)
    db:exec "INSERT INTO t (id) VALUES (1), (2)"
    b:exec "UPDATE t SET id = id + 10"
    for row in db:rows "SELECT id FROM t ORDER BY id" do
      b:exec("INSERT INTO t (id) VALUES ($1)", row.id + 100)
    end
    assert(db:try(function() b:exec "INSERT INTO t (id) VALUES (200)" end))
    expect.equal(db:try(function() b:exec "INSERT INTO t (id) VALUES (300)"; error "undone" end), false)
  end)
  expect.equal(db:value "SELECT string_agg(id::text, ' ' ORDER BY id) FROM t", "11 12 111 112 200")
end

local function values_with_types(db)
  db:batch(function(b)
    for i = 1000, 1002 do
      b:exec("INSERT INTO t (id, data, tags) VALUES ($1, $2, $3)", i, { i, { x = moonbird.null } }, { "a,b", moonbird.null })
    end
  end)
  expect.same(db:row "SELECT data, tags FROM t WHERE id = 1001",
              { data = { 1001, { x = moonbird.null } }, tags = { "a,b", moonbird.null } })
end

local function ddl_between(db)
  db:batch(function(b)
    for i = 1, 3 do b:exec("SELECT *, $1::int FROM t", i) end
    b:exec "ALTER TABLE t ADD COLUMN more int"
    for i = 1, 3 do b:exec("SELECT *, $1::int FROM t", i) end
  end)
end

local function rows_are_dropped(db)
  collectgarbage()
  local before = collectgarbage "count"
  db:batch(function(b) for _ = 1, 3 do b:exec "SELECT repeat('x', 1000) FROM generate_series(1, 100000)" end end)
  assert(collectgarbage "count" < before + 1024)
end

local function the_error_says_which(db)
  local ok, err = db:try(function()
    db:batch(function(b)
      for i = 2001, 6000 do
        b:exec("INSERT INTO t (id) VALUES ($1)", i)
        if i == 2100 then
          b:exec("INSERT INTO t (id,\n  nonsense) VALUES ($1, 1)", i)
        end
      end
    end)
  end)
  expect.equal(ok, false)
  expect.equal(err.sqlstate, "42703")
  expect.equal(err.line, 59)
  expect.equal(err.context:match "[^\n]*", "statement 101 of the batch")
  assert(tostring(err):find("\n    nonsense) VALUES ($1, 1)\n    ^", 1, true), tostring(err))
  expect.equal(db:value "SELECT count(*) FROM t WHERE id > 2000", 0)
  -- The same holds for the last statement.
  ok, err = db:try(function() db:batch(function(b) b:exec "SELECT 1"; b:exec "SELECT 1/0" end) end)
  expect.equal(ok, false)
  expect.equal(err.line, 71)
  expect.equal(err.context, "statement 2 of the batch")
  -- A statement that waits for the batch gets the batch's error.
  ok, err = db:try(function() db:batch(function(b) b:exec "SELECT 1/0"
    db:value "SELECT 1" end) end)
  expect.equal(ok, false)
  expect.equal(err.line, 76)
end

local function left_by_an_error(db)
  local mine = {}
  local ok, err = db:try(function()
    db:batch(function(b) b:exec "INSERT INTO t (id) VALUES (9001)"; error(mine) end)
  end)
  assert(not ok and err == mine)
  expect.equal(db:value "SELECT count(*) FROM t WHERE id = 9001", 0)
  -- Without db:try, the statements before the error take effect, as they do outside a batch.
  expect.fails(function()
    db:batch(function(b) b:exec "INSERT INTO t (id) VALUES (9002)"; error "left" end)
  end, "left")
  expect.equal(db:value "SELECT count(*) FROM t WHERE id = 9002", 1)
end

local function refusals(db)
  local function refused(sql, ...)
    expect.fails(function() db:batch(function(b) b:exec(sql) end) end, ...)
  end
  refused("COPY t FROM STDIN", "COPY is not possible in a batch", "db:copy")
  refused("-- x\n copy t TO STDOUT", "COPY is not possible in a batch")
  refused("SELECT 1; SELECT 2", "one statement per call")
  refused("COMMIT", "cannot begin or end a transaction")
  refused("VACUUM t", "cannot run in a transaction")
  local kept
  db:batch(function(b) kept = b end)
  expect.fails(function() kept:exec "SELECT 1" end, "the batch has ended")
  expect.equal(db:value "SELECT 1", 1)
end

return function(db)
  many(db)
  order_is_kept(db)
  values_with_types(db)
  ddl_between(db)
  rows_are_dropped(db)
  the_error_says_which(db)
  left_by_an_error(db)
  refusals(db)
end

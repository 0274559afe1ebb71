local expect = require "expect"

local function count(db) return db:value "SELECT count(*) FROM t" end

local function transaction(db)
  expect.equal(db.in_transaction, false)
  expect.same({ db:transaction(function(a)
    assert(db.in_transaction)
    db:exec "INSERT INTO t VALUES (1)"
    expect.fails(function() db:transaction(function() end) end, "already open", "db:try")
    return a, "b"
  end, "a") }, { "a", "b" })
  expect.equal(count(db), 1)
  local mine = {}
  local ok, err = pcall(db.transaction, db, function()
    db:exec "INSERT INTO t VALUES (2)"
    error(mine)
  end)
  assert(not ok and err == mine, "a script's own value comes back")
  expect.equal(count(db), 1)
  expect.equal(db.in_transaction, false)
end

local function swallowed_errors(db)
  expect.fails(function()
    db:transaction(function()
      db:exec "INSERT INTO t VALUES (2)"
      pcall(db.exec, db, "SELECT 1/0")
    end)
  end, "ignored its error", "division by zero")
  expect.equal(count(db), 1)
end

local function deferred_constraint(db)
  local function twice() db:exec "INSERT INTO d VALUES (1), (1)" end
  expect.fails(function() db:transaction(twice) end, "23505")
  local ok, err = db:try(twice)
  expect.equal(ok, false)
  expect.equal(err.sqlstate, "23505")
  expect.equal(db:value "SELECT count(*) FROM d", 0)
end

local function try_without_a_transaction(db)
  expect.same({ db:try(function(x) db:exec("INSERT INTO t VALUES ($1)", x) return x + 1, nil, 3 end, 2) },
              { true, 3, nil, 3 })
  expect.equal(count(db), 2)
  expect.equal(db:try(function() db:exec "DELETE FROM t"; error "no" end), false)
  expect.equal(count(db), 2)
  expect.equal(db.in_transaction, false)
end

local function nested_tries(db)
  db:transaction(function()
    db:try(function()
      db:exec "INSERT INTO t VALUES (10)"
      db:try(function() db:exec "INSERT INTO t VALUES (11)"; error "inner" end)
      db:try(function() db:exec "INSERT INTO t VALUES (12)" end)
    end)
    db:try(function()
      db:try(function() db:exec "INSERT INTO t VALUES (13)" end)
      error "outer"
    end)
  end)
  expect.same(db:query "SELECT i FROM t WHERE i >= 10 ORDER BY i", { { i = 10 }, { i = 12 } })
end

local function no_yield_out_of_a_try(db)
  local co = coroutine.create(function() db:try(function() coroutine.yield() end) end)
  local ok, err = coroutine.resume(co)
  assert(ok, err)                      -- the try got the error
  expect.equal(coroutine.status(co), "dead")
  expect.equal(db.in_transaction, false)
end

local function rows_without_a_transaction(db)
  for row in db:rows "SELECT i FROM t ORDER BY i" do
    assert(db.in_transaction)
    db:exec("INSERT INTO t VALUES ($1)", row.i + 100)
  end
  expect.equal(db.in_transaction, false)
  expect.equal(db:value "SELECT count(*) FROM t WHERE i > 100", 4)
  for _ in db:rows "SELECT generate_series(1, 200)" do
    db:exec "INSERT INTO t VALUES (1000)"
    break
  end
  expect.equal(db.in_transaction, false)
  expect.equal(db:value "SELECT count(*) FROM t WHERE i = 1000", 1)
  pcall(function()
    for _ in db:rows "SELECT generate_series(1, 200)" do
      db:exec "INSERT INTO t VALUES (2000)"
      error "left"
    end
  end)
  expect.equal(db.in_transaction, false)
  expect.equal(db:value "SELECT count(*) FROM t WHERE i = 2000", 0)
end

local function set_needs_a_transaction(db)
  expect.fails(function() db:set("lock_timeout", "1s") end, "none is open")
end

return {
  transaction = false,
  args = { tenant = { help = "given by the test" } },
  up = function(db)
    db:exec "CREATE TABLE t (i int)"
    db:exec "CREATE TABLE d (i int UNIQUE DEFERRABLE INITIALLY DEFERRED)"
    transaction(db)
    swallowed_errors(db)
    deferred_constraint(db)
    try_without_a_transaction(db)
    nested_tries(db)
    no_yield_out_of_a_try(db)
    rows_without_a_transaction(db)
    set_needs_a_transaction(db)
  end,
  verify = function(db) expect.equal(count(db), 9) end,
}

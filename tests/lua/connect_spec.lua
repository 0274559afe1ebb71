local expect = require "expect"

local function read_only_unless_declared()
  local other <close> = moonbird.connect "other"
  expect.equal(other:value "SELECT 1", 1)
  expect.fails(function() other:exec "CREATE TABLE x ()" end, "25006", "read-only")
end

local function its_own_session(db)
  local other <close> = moonbird.connect "writable"
  assert(db:value "SELECT pg_backend_pid()" ~= other:value "SELECT pg_backend_pid()")
  other:exec "CREATE TEMP TABLE mine (i int)"
  expect.equal(other:copy("mine", { "i" }, db:rows "SELECT i FROM generate_series(1, 3000) i"), 3000)
  db:exec "CREATE TABLE theirs (i int)"
  expect.equal(db:copy("theirs", { "i" }, other:rows "SELECT i FROM mine"), 3000)
  expect.equal(db:value "SELECT sum(i)::int FROM theirs", 3000 * 3001 // 2)
  other:transaction(function() other:exec "DELETE FROM mine" end)
  expect.equal(other:value "SELECT count(*) FROM mine", 0)
end

-- The values need more than one statement. When a row fails, the rows before it are rolled back.
local function insert_of_many_rows()
  local other <close> = moonbird.connect "writable"
  local rows = {}
  for i = 1, 10001 do rows[i] = { i = i } end
  rows[10001].i = "none"
  other:exec "CREATE TEMP TABLE many (i int)"
  expect.fails(function() other:insert("many", rows) end, "22P02")
  expect.equal(other:value "SELECT count(*) FROM many", 0)
  rows[10001].i = 10001
  expect.equal(#other:insert("many", rows, { returning = "i" }), 10001)
  other:transaction(function() expect.equal(other:insert("many", rows), 10001) end)
  expect.equal(other:value "SELECT count(*) FROM many", 20002)
  assert(not other.in_transaction)
end

local function another_database()
  local other <close> = moonbird.connect("other", { dbname = "template1" })
  expect.equal(other.database, "template1")
  expect.fails(function() moonbird.connect("other", { dbnam = "x" }) end, 'unknown option of connect "dbnam"', "dbname")
  expect.fails(function() moonbird.connect("other", { dbname = "no such" }) end, 'database "no such" does not exist')
end

local function closed()
  local other = moonbird.connect "other"
  local rows = table.pack(other:rows "SELECT generate_series(1, 1000) AS i")
  expect.equal(rows[1](rows[2]).i, 1)
  other:close()
  other:close()
  expect.fails(function() other:value "SELECT 1" end, "the connection is closed")
  expect.fails(function() rows[1](rows[2]) end, "these rows are no longer valid")
end

-- An error ends the read-only transaction; earlier settings stay.
local function settings_and_errors()
  local function path(db) return db:value "SELECT current_setting('search_path')" end
  local other <close> = moonbird.connect "other"
  other:exec "SET search_path = pg_catalog"
  assert(not pcall(other.value, other, "SELECT 1/0"))
  expect.equal(path(other), "pg_catalog")
  other:value("SELECT set_config('search_path', $1, false)", "information_schema")
  assert(not pcall(other.value, other, "SELECT 1/0"))
  expect.equal(path(other), "information_schema")
  other:with_schema("pg_catalog", function()
    other:try(function() other:value "SELECT 1/0" end)
    expect.equal(path(other), '"pg_catalog"')
    assert(not pcall(other.value, other, "SELECT 1/0"))
    expect.fails(function() return path(other) end, "aborted the transaction", "db:try")
  end)
  expect.equal(path(other), "information_schema")
end

local function refusals(db)
  expect.fails(function() db:close() end, "cannot close the connection")
  expect.fails(function() moonbird.connect "nothing" end, 'database "nothing" is not declared', "databases =")
  expect.fails(function() moonbird.connect "none" end, '"none" has no url')
end

local function confirm(db)
  expect.fails(function() db:transaction(function() moonbird.confirm "sure?" end) end, "a transaction is open", "sure?")
  local other <close> = moonbird.connect "other"
  expect.fails(function() other:transaction(function() moonbird.confirm "sure?" end) end, "a transaction is open")
  expect.fails(function() moonbird.confirm "sure?" end, "confirmation needed", "--yes")
end

-- A page is fetched ahead. If it fails after the loop has ended, its error is still reported.
local function errors_ahead(db)
  local seen = 0
  expect.fails(function()
    for row in db:rows "SELECT i, 1000 / (600 - i) FROM generate_series(1, 2000) i" do seen = row.i end
  end, "division by zero")
  expect.equal(db.in_transaction, false)
  expect.fails(function()
    db:transaction(function()
      for row in db:rows "SELECT i, 1000 / (600 - i) FROM generate_series(1, 2000) i" do
        if row.i == 100 then break end
      end
      db:exec "SELECT 1"
    end)
  end, "division by zero")
  expect.fails(function()
    for row in db:rows "SELECT i, 1000 / (600 - i) FROM generate_series(1, 2000) i" do
      if row.i == 100 then db:exec "SELECT 1" end
    end
  end, "division by zero")
  expect.equal(db.in_transaction, false)
end

return {
  transaction = false,
  args = { tenant = {} },
  up = function(db)
    read_only_unless_declared()
    its_own_session(db)
    insert_of_many_rows()
    another_database()
    closed()
    settings_and_errors()
    refusals(db)
    confirm(db)
    errors_ahead(db)
  end,
}

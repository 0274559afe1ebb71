local expect = require "expect"

local function exec(db)
  expect.equal(db:exec [[CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'a'), (2, 'b')]], 2)
  expect.equal(db:exec("UPDATE t SET name = $1 WHERE id = $2", "z", 2), 1)
  expect.equal(db:exec("DELETE FROM t WHERE id > $1", 5), 0)
end

local function query(db)
  local rows, columns = db:query "SELECT id, name FROM t ORDER BY id"
  expect.same(rows, { { id = 1, name = "a" }, { id = 2, name = "z" } })
  expect.same(columns, { "id", "name" })
  rows = db:query("SELECT id FROM t WHERE name = $1", "none")
  expect.equal(#rows, 0)
  expect.fails(function() db:query "SELECT 1 AS a, 2 AS a" end, 'two columns have the name "a"', "AS")
end

local function row_and_value(db)
  expect.same(db:row("SELECT * FROM t WHERE id = $1", 1), { id = 1, name = "a" })
  expect.equal(db:row "SELECT * FROM t WHERE false", nil)
  expect.equal(db:value "SELECT count(*) FROM t", 2)
  expect.equal(db:value "SELECT NULL", nil)
  for _, sql in ipairs { "SELECT 1 WHERE false", "SELECT NULL" } do
    expect.equal(db:value("SELECT $1::int IS NULL", db:value(sql)), true)
    expect.equal(select("#", db:value(sql)), 1)
  end
  expect.equal(select("#", db:row "SELECT 1 WHERE false"), 1)
  expect.fails(function() db:row "SELECT * FROM t" end, "2 rows instead of one")
  expect.fails(function() db:value "SELECT id FROM t" end, "2 rows instead of one")
end

local function errors(db)
  local err = expect.fails(function()
    db:try(function() end)
    local ok, e = db:try(function() db:exec "SELECT 1,\n  nonsense FROM t" end)
    assert(not ok)
    error(e)
  end, 'column "nonsense" does not exist', "SQLSTATE 42703", "  nonsense FROM t\n    ^")
  expect.equal(err.sqlstate, "42703")
  expect.equal(err.kind, "sql")
  expect.equal(err.file, "tests/lua/statements_spec.lua")
  expect.equal(err.line, 35)
  expect.equal(err.position, 13)
  local ok, e = db:try(function() db:exec("INSERT INTO t VALUES ($1, $2)", 1, "x") end)
  expect.equal(ok, false)
  expect.equal(e.constraint, "t_pkey")
  expect.equal(e.table, "t")
  assert(e.schema and e.detail)
  expect.equal(select(2, pcall(error, e)), e)
end

local function aborted_transaction(db)
  local ok, err = db:try(function()
    assert(not pcall(db.exec, db, "SELECT 1/0"))
    expect.fails(function() db:value "SELECT 1" end, "aborted the transaction", "db:try", "division by zero")
  end)
  assert(not ok)
  assert(tostring(err):find("ignored its error", 1, true), tostring(err))
  expect.equal(db:value "SELECT 1", 1)
end

local function transaction_control(db)
  for _, sql in ipairs { "COMMIT", "BEGIN", "ROLLBACK", "SAVEPOINT a", "SELECT 1; /* x */ end", "ROLLBACK TO a",
                         "PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION $$x$$" } do
    expect.fails(function() db:exec(sql) end, "cannot begin or end a transaction", "db:try", "db:transaction")
    expect.fails(function() db:query(sql) end, "cannot begin or end a transaction")
  end
  assert(db.in_transaction)
end

local function set(db, ctx)
  for _, value in ipairs { { 10 / 2, "5" }, { 1e16, "10000000000000000" }, { 0.5, "0.5" }, { 7, "7" }, { true, "true" }, { "", "" },
                           { moonbird.decimal "1.10", "1.10" } } do
    db:set("moonbird.note", value[1])
    expect.equal(db:value "SELECT current_setting('moonbird.note')", value[2])
  end
  for _, value in ipairs { {}, print, moonbird.null, moonbird.typed(1, "int") } do
    expect.fails(function() db:set("moonbird.note", value) end, 'the value of "moonbird.note" must be a string, a number or a boolean, not ')
  end
  expect.fails(function() db:set("moonbird.note", nil) end, "not nil", "A setting cannot be NULL")
  db:set("moonbird.note", "o'clock")
  expect.equal(db:value "SELECT current_setting('moonbird.note')", "o'clock")
  expect.equal(ctx.args.tenant, "o'neil")
  expect.equal(db:value "SELECT current_setting('moonbird.tenant')", "o'neil")
end

local function quoting(db)
  expect.equal(db:escape_identifier 'a"b', '"a""b"')
  expect.equal(db:value("SELECT " .. db:escape_literal [[it's a \ ]]), [[it's a \ ]])
  expect.fails(function() db:escape_literal "a\0b" end, "zero byte")
end

local function facts(db, ctx)
  assert(db.server_version >= 120000)
  expect.equal(db.database, db:value "SELECT current_database()")
  expect.equal(db.user, db:value "SELECT current_user::text")
  expect.fails(function() return db.exce end, 'unknown method of db "exce"', '"exec"')
  expect.equal(ctx.environment, "test")
  expect.equal(ctx.attempt, 1)
end

-- Listing the columns of a misspelt table is an error, not an empty list.
local function columns(db)
  db:exec "CREATE TABLE bare ()"
  expect.equal(#db:columns "bare", 0)
  expect.same(db:columns "t", { { name = "id", type = "integer", nullable = false }, { name = "name", type = "text", nullable = true } })
  expect.fails(function() db:columns "bear" end, 'table "bear" does not exist')
  expect.fails(function() db:columns "nowhere.bare" end, 'table "nowhere.bare" does not exist')
  db:exec "DROP TABLE bare"
end

-- A statement that was prepared before a table changed is prepared again.
local function prepared(db)
  db:exec "CREATE TABLE shaped (id int); INSERT INTO shaped VALUES (1)"
  local text = "SELECT * FROM shaped WHERE id = $1"
  for _ = 1, 5 do expect.equal(db:row(text, 1).id, 1) end
  db:exec "ALTER TABLE shaped ADD name text DEFAULT 'x'"
  expect.equal(db:row(text, 1).name, "x")
  db:exec "DROP TABLE shaped"
end

-- A parameter has the type of the column in the table that the name now stands for.
local function names_that_move(db)
  local path = db:value "SELECT current_setting('search_path')"
  db:exec [[CREATE SCHEMA int_side CREATE TABLE moved (v int); CREATE SCHEMA text_side CREATE TABLE moved (v text);
            CREATE FUNCTION int_side.move_to(name text) RETURNS void LANGUAGE plpgsql AS $$
            BEGIN EXECUTE 'SET LOCAL search_path = ' || name; END $$]]
  local ways = {
    function(side) db:exec("SET search_path = " .. side) end,
    function(side) db:exec("INSERT INTO int_side.moved VALUES (0); SET LOCAL search_path = " .. side) end,
    function(side) db:value("SELECT set_config('search_path', $1, true)", side) end,
    function(side) db:exec("SELECT int_side.move_to('" .. side .. "')") end,
    function(side) db:query("SELECT int_side.move_to($1)", side) end,
    function(side) db:batch(function(b) b:exec("SELECT int_side.move_to($1)", side) end) end,
  }
  for i, move in ipairs(ways) do
    for _, side in ipairs { "int_side", "text_side" } do
      move(side)
      for _ = 1, 3 do
        db:exec("INSERT INTO moved VALUES ($1)", "0" .. i)
        db:insert("moved", { v = "0" .. i })
      end
    end
    expect.equal(db:value("SELECT count(*) FROM text_side.moved WHERE v = $1", "0" .. i), 6)
    expect.equal(db:value("SELECT count(*) FROM int_side.moved WHERE v = $1::int", i), 6)
  end
  db:exec("DROP SCHEMA int_side, text_side CASCADE; SET search_path = " .. path)
end

-- After the rollback of a transaction that changed a type, moonbird reads the type again.
local function types_that_move(db)
  db:exec "CREATE TYPE duo AS (x text, y text); CREATE TABLE duos (v duo)"
  local function add(x, y)
    db:exec("INSERT INTO duos VALUES ($1)", { x = x, y = y })
    db:insert("duos", { v = { x = x, y = y } })
    db:copy("duos", { "v" }, { { { x = x, y = y } } })
  end
  add("1", "2")
  db:try(function()
    db:exec "ALTER TYPE duo DROP ATTRIBUTE x; ALTER TYPE duo ADD ATTRIBUTE x text"
    add("1", "2")
    error "back"
  end)
  add("1", "2")
  expect.equal(db:value "SELECT count(*) FROM duos WHERE (v).x = '1' AND (v).y = '2'", 6)
  db:exec "DROP TABLE duos; DROP TYPE duo"
end

-- A server that has one session for all clients keeps the prepared statements of earlier clients.
local function names_of_others(db)
  for i = 1, 3 do db:exec(("PREPARE mb_%d AS SELECT 1; PREPARE mb_kept_%d AS SELECT 1"):format(i, i)) end
  for i = 1, 3 do expect.equal(db:value("SELECT $1::int + 1", i), i + 1) end
  db:exec "DEALLOCATE ALL"
end

local function column(db)
  expect.same(db:column "SELECT name FROM t ORDER BY id", { "a", "z" })
  expect.same(db:column("SELECT id FROM t WHERE id > $1", 1), { 2 })
  expect.same(db:column "SELECT n FROM (VALUES (1, NULL), (2, 5), (3, NULL)) v (k, n) ORDER BY k", { moonbird.null, 5, moonbird.null })
  expect.same(db:column "SELECT '{a,NULL}'::text[] FROM t", { { "a", moonbird.null }, { "a", moonbird.null } })
  local none = db:column "SELECT id FROM t WHERE false"
  expect.equal(#none, 0)
  expect.equal(moonbird.json.encode(none), "[]")
  expect.equal(db:value("SELECT count(*) FROM t WHERE id = ANY ($1)", db:column "SELECT id FROM t"), 2)
  expect.fails(function() db:column "SELECT id, name FROM t" end, "2 columns instead of one", "db:query")
  expect.fails(function() db:column "SELECT FROM t" end, "0 columns instead of one")
end

return function(db, ctx)
  exec(db)
  columns(db)
  prepared(db)
  names_that_move(db)
  types_that_move(db)
  names_of_others(db)
  query(db)
  row_and_value(db)
  column(db)
  errors(db)
  aborted_transaction(db)
  transaction_control(db)
  set(db, ctx)
  quoting(db)
  facts(db, ctx)
end

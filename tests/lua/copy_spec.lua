local expect = require "expect"
local null, typed = moonbird.null, moonbird.typed

local function all(db) return (db:query "SELECT * FROM t ORDER BY id") end

local function sources(db)
  db:exec "CREATE TABLE t (id int PRIMARY KEY, name text, n float8)"
  expect.equal(db:copy("t", { "id", "name" }, { { 1, "a" }, { 2 }, { 3, nil }, { 4, null } }), 4)
  expect.equal(db:copy("t", { "name", "id" }, { { id = 5, name = "e" }, { id = 6 } }), 2)
  local i = 6
  expect.equal(db:copy("t", { "id" }, function() i = i + 1; return i < 9 and { i } or nil end), 2)
  local function step(state, last) return last.id < state and { id = last.id + 1 } or nil end
  expect.equal(db:copy("t", { "id" }, step, 11, { id = 8 }), 3)
  expect.equal(db:copy("t", { "id" }, {}), 0)
  expect.same(all(db), { { id = 1, name = "a" }, { id = 2 }, { id = 3 }, { id = 4 }, { id = 5, name = "e" }, { id = 6 },
                         { id = 7 }, { id = 8 }, { id = 9 }, { id = 10 }, { id = 11 } })
  db:exec "DELETE FROM t"
  expect.equal(db:copy("t", { "id" }, (db:query "SELECT 1 AS id, 2 AS other")), 1)
  db:exec "DELETE FROM t"
  expect.equal(db:copy("t", { "id", "name", "n" }, moonbird.csv "lib/people.csv"), 3)
  expect.same(all(db), { { id = 1, name = 'Ann "A"', n = 1.5 }, { id = 2, name = "two\nlines" }, { id = 3, name = "", n = -0.25 } })
end

local function the_closing_value_is_closed(db)
  local closed = 0
  local guard = setmetatable({}, { __close = function() closed = closed + 1 end })
  db:copy("t", { "id" }, function() return nil end, nil, nil, guard)
  db:try(function() db:copy("t", { "id" }, function() error "x" end, nil, nil, guard) end)
  expect.equal(closed, 2)
end

local function every_byte(db)
  db:exec "CREATE TABLE bytes (id int, s text, b bytea)"
  local rows = {}
  for c = 0, 255 do
    local byte = string.char(c)
    rows[#rows + 1] = { c, c > 0 and c < 128 and byte .. "n" .. byte or "\\.", byte .. "\\" .. byte }
  end
  db:copy("bytes", { "id", "s", "b" }, rows)
  for _, row in ipairs((db:query "SELECT * FROM bytes ORDER BY id")) do
    expect.equal(row.s, rows[row.id + 1][2], "byte " .. row.id)
    expect.equal(row.b, rows[row.id + 1][3], "byte " .. row.id)
  end
  for i, s in ipairs { "\\N", "\\.", "", "\\", "\t", "a\tb", "\r\n", "N", "\\t", "\v\f\b", "ä€𝄞" } do
    db:copy("bytes", { "id", "s" }, { { 1000 + i, s } })
    expect.equal(db:value("SELECT s FROM bytes WHERE id = $1", 1000 + i), s)
  end
end

local function by_the_columns_types(db)
  db:exec [[CREATE TYPE place AS (x int, tags text[]); CREATE DOMAIN short AS varchar(5)
            ; CREATE TABLE k (i bigint GENERATED ALWAYS AS IDENTITY, j jsonb, a int[], p place, ps place[], d short, b bool)]]
  local rows = {
    { i = 7, j = { a = {} }, a = { { 1, null }, { 3, 4 } }, b = true },
    { i = 8, j = typed("text", "jsonb"), p = { x = 1, tags = { 'q"', "\\" } }, ps = { { x = 2 }, { tags = { "a" } } }, d = "short" },
    { i = 9, j = typed(null, "jsonb"), a = typed(null, "int[]") },
  }
  expect.equal(db:copy("k", { "i", "j", "a", "p", "ps", "d", "b" }, rows), 3)
  expect.same(db:row "SELECT * FROM k WHERE i = 7", rows[1])
  expect.same(db:row "SELECT j, (p).tags, (ps)[2].tags AS more, d FROM k WHERE i = 8",
              { j = typed("text", "jsonb"), tags = { 'q"', "\\" }, more = { "a" }, d = "short" })
  expect.equal(db:value "SELECT jsonb_typeof(j) FROM k WHERE i = 9", "null")
end

local function errors_name_the_row(db)
  local function fails(source, ...)
    local words = table.pack(...)
    expect.fails(function()
      local ok, err = db:try(function() db:copy("t", { "id", "name" }, source) end)
      assert(ok, err)
    end, table.unpack(words))
    expect.equal(db:value "SELECT 1", 1)
  end
  fails({ { 50 }, { 51, {} } }, 'row 2: column "name": a table cannot be sent as text')
  fails({ { 50 }, { 51, "a\0" } }, 'row 2: column "name": a string with a zero byte')
  fails({ { 50 }, { 51, "a", 1 } }, "row 2: 3 values for 2 columns")
  fails({ { id = 50, name = "a" }, { id = 51, nmae = "b" } }, 'row 2: unknown column "nmae"', '"name"')
  fails({ { id = 50, [3] = "a" } }, "row 1: the row has values by ", "Give all values by position, from 1 on, or all by name")
  fails({ { id = 50, [true] = "a" } }, "row 1: the row has values by name, and also the key true")
  fails({ { 50, name = "a" } }, 'row 1: the row has values by position, and also the key "name"')
  fails({ { 50, [1.5] = "a" } }, "row 1: the row has values by position, and also the key 1.5")
  fails({ { 50, [9] = "a" } }, "row 1: the row has values by position, and also the key 9")
  fails({ { 50 }, 7 }, "row 2 is a number, not a table")
  fails({ { 51 }, nil, { 52 } }, "1 to n")
  fails({ id = 53 }, "1 to n")
  fails({ { 50 }, { 51 }, { "x" } }, "22P02", "line 3, column id")
  fails({ { 50 }, { 1 } }, "23505", "line 2")
  fails(function() error "mine" end, "mine")
  fails(function() return db:row "SELECT 1" end, "COPY is in progress", "moonbird.connect")
  fails(function() return db:try(print) end, "COPY is in progress")
  expect.fails(function() db:copy("t", {}, {}) end, "the list of columns is empty")
  expect.fails(function() db:copy("t", { "id", x = "name" }, {}) end, "must be 1 to n")
  expect.fails(function() db:copy("t", { "id" }) end, "array or iterator")
  expect.fails(function()
    assert(db:try(db.copy, db, "t", { "idd" }, {}))
  end, 'column "idd" of relation "t" does not exist')
end

-- An absent value means the default. COPY cannot give a default to single rows, so such a value must
-- be NULL, or the row must have a value.
local function absent_is_default(db)
  db:exec [[CREATE DOMAIN lively AS text DEFAULT 'yes'; CREATE SCHEMA "Co";
            CREATE TABLE "Co"."d.t" (id int GENERATED ALWAYS AS IDENTITY, name text, n int DEFAULT 7, l lively, s serial)]]
  local t = "Co.d.t"
  expect.equal(db:copy(t, { "name" }, { {}, { "a" }, { name = "b" }, { nil } }), 4)
  expect.same(db:query 'SELECT * FROM "Co"."d.t" WHERE name IS NOT NULL ORDER BY id',
              { { id = 2, name = "a", n = 7, l = "yes", s = 2 }, { id = 3, name = "b", n = 7, l = "yes", s = 3 } })
  for _, column in ipairs { "id", "n", "l", "s" } do
    local full = ({ id = 1, n = 1, l = "x", s = 1 })[column]
    for _, row in ipairs { { name = "x" }, { "x" }, { "x", nil } } do
      for _, source in ipairs { { { "x", full }, row }, (function()
        local i = 0
        return function() i = i + 1 return ({ { name = "x", [column] = full }, row })[i] end
      end)() } do
        local ok, err = db:try(db.copy, db, t, { "name", column }, source)
        assert(not ok)
        expect.equal(err.message, 'row 2: column "' .. column .. '" has a default, but the row has no value for it')
        assert(err.hint:find("moonbird.null for NULL", 1, true))
      end
    end
  end
  db:exec 'DELETE FROM "Co"."d.t"; ALTER TABLE "Co"."d.t" ADD f float8 DEFAULT 1'
  expect.equal(db:copy(t, { "n", "l" }, { { null, "x" }, { n = 1, l = null } }), 2)
  expect.equal(db:copy(t, { "name", "n" }, (db:query "SELECT 'read' AS name, NULL AS n")), 1)
  db:exec "CREATE TABLE people (id text DEFAULT 'd', name text DEFAULT 'd', n text DEFAULT 'd')"
  expect.equal(db:copy("people", { "id", "name", "n" }, moonbird.csv("lib/people.csv", { header = false, null = "1.5" })), 4)
  expect.equal(db:copy("people", { "id", "name", "n" }, moonbird.csv("lib/people.csv", { null = "1.5" })), 3)
  expect.equal(db:value "SELECT count(*) FROM people WHERE n IS NULL AND name LIKE 'Ann%'", 2)
end

local function memory_is_flat(db)
  db:exec "CREATE TABLE wide (id int, s text)"
  collectgarbage()
  local before, most, i = collectgarbage "count", 0, 0
  db:copy("wide", { "id", "s" }, function()
    i = i + 1
    most = math.max(most, collectgarbage "count" - before)
    return i <= 30000 and { i, ("x"):rep(1000) } or nil
  end)
  assert(most < 8 * 1024, most)
  expect.equal(db:value "SELECT count(*) FROM wide", 30000)
end

local function with_schema(db)
  local path = db:value "SELECT current_setting('search_path')"
  db:exec [[CREATE SCHEMA "Tenant a"; CREATE TYPE "Tenant a".kind AS ENUM ('x'); CREATE TYPE kind AS ENUM ('y');
            CREATE TABLE "Tenant a".t (id text, k "Tenant a".kind)]]
  local function fill(...)
    expect.equal(db:value "SELECT current_schema()", "Tenant a")
    db:insert("t", { id = "tenant", k = "x" })
    expect.equal(db:value("SELECT ($1::kind[])[1]::text", { "x" }), "x")
    return ...
  end
  expect.same({ db:with_schema("Tenant a", fill, 1, nil, 3) }, { 1, nil, 3 })
  expect.equal(db:value("SELECT ($1::kind[])[1]::text", { "y" }), "y")
  expect.equal(db:value "SELECT current_setting('search_path')", path)
  db:with_schema("pg_catalog", function()
    db:with_schema("Tenant a", function() end)
    expect.equal(db:value "SELECT current_schema()", "pg_catalog")
  end)
  expect.fails(function() db:with_schema("Tenant a", error, "mine") end, "mine")
  expect.equal(db:value "SELECT current_setting('search_path')", path)
  assert(not db:try(db.with_schema, db, "Tenant a", function() db:exec "SELECT 1/0" end))
  expect.equal(db:value "SELECT current_setting('search_path')", path)
  db:with_schema("Tenant a", function()
    assert(not db:try(function() db:exec "SELECT 1/0" end))
    expect.equal(db:value "SELECT current_schema()", "Tenant a")
  end)
  expect.fails(function() db:with_schema("tenant A", print) end, 'schema "tenant A" does not exist')
end

return function(db)
  sources(db)
  the_closing_value_is_closed(db)
  every_byte(db)
  by_the_columns_types(db)
  errors_name_the_row(db)
  absent_is_default(db)
  memory_is_flat(db)
  with_schema(db)
  db:exec 'DROP SCHEMA "Co" CASCADE'
end

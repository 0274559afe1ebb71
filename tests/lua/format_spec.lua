-- db:format writes names and values into SQL, so that PostgreSQL reads the same names and values.
local expect = require "expect"
local null, typed = moonbird.null, moonbird.typed

local function names(db)
  expect.equal(db:format("%I %I.%I", "a", "S.t", 'o"k'), '"a" "S"."t"."o""k"')
  db:exec 'CREATE SCHEMA "Fmt"; CREATE TABLE "Fmt"."t x" ("o""k" int)'
  db:exec(db:format("ALTER TABLE %I ALTER %I SET DEFAULT %L", "Fmt.t x", 'o"k', -7))
  db:exec(db:format("INSERT INTO %I DEFAULT VALUES", "Fmt.t x"))
  expect.same(db:row(db:format("SELECT * FROM %I", "Fmt.t x")), { ['o"k'] = -7 })
  db:exec 'DROP SCHEMA "Fmt" CASCADE'
end

local function values(db)
  for _, case in ipairs {
    { nil, "NULL" }, { null, "NULL" }, { true, "true" }, { false, "false" }, { 7, "7" }, { -0.5, "-0.5" },
    { 10 / 2, "5" }, { 1e300, "1e+300" }, { 1 / 0, "'Infinity'" }, { 0 / 0, nil }, { math.mininteger, "-9223372036854775808" },
    { moonbird.decimal "12345678901234567890.10", "12345678901234567890.10" },
    { "", "''" }, { "o'neil", "'o''neil'" }, { [[a\b']], [[E'a\\b''']] }, { "%L", "'%L'" }, { "5", "'5'" },
    { typed({ "a,", null }, "text[]"), [=['{"a,",NULL}'::text[]]=] },
    { typed({ a = {} }, "jsonb"), [['{"a":{}}'::jsonb]] },
    { typed(null, "jsonb"), "'null'::jsonb" }, { typed(null, "int"), "NULL::int" },
    { typed("\0\\", "bytea"), [[E'\\x005c'::bytea]] }, { typed(5, "numeric(5,2)"), "'5'::numeric(5,2)" },
  } do
    local sql = db:format("%L", case[1])
    if case[2] then expect.equal(sql, case[2]) end
    assert(db:exec("SELECT " .. sql) == 1, sql)
  end
  -- A parameter of such a type has no length limit either: it keeps the whole value.
  for _, name in ipairs { "char", "character", "nchar", "national character", "pg_catalog.bpchar", "bit", "pg_catalog.bit" } do
    local value = typed("101", name)
    expect.equal(db:value(db:format("SELECT (%L)::text", value)), "101", name)
    expect.equal(db:value("SELECT ($1)::text", value), "101", name)
    expect.equal(db:value(db:format("SELECT (%L)::text", typed({ "101" }, name .. "[]"))), "{101}", name)
  end
  expect.equal(db:value(db:format("SELECT (%L)::text", typed("101", "char(2)"))), "10")
  expect.equal(db:format("%L", typed("a", "varchar")), "'a'::varchar")
  expect.equal(db:value(db:format("SELECT 5 -%L", -1)), 6)
  for _, zero in ipairs { -0.0, moonbird.decimal "-0.00" } do
    expect.equal(db:value(db:format("SELECT (%L::float8)::text", zero)), "-0")
  end
  expect.equal(db:value(db:format("SELECT %L::text || %s || '%%'", "a%", "'b'")), "a%b%")
  db:exec "SET LOCAL standard_conforming_strings = off"
  expect.equal(db:value(db:format("SELECT %L", [[\'; SELECT]])), [[\'; SELECT]])
  db:exec "SET LOCAL standard_conforming_strings = on"
end

local function refusals(db)
  local function fails(words, ...)
    local args = table.pack(...)
    expect.fails(function() db:format(table.unpack(args, 1, args.n)) end, table.unpack(words))
  end
  fails({ "the format has 2 placeholders, but 1 value is given" }, "%I %L", "a")
  fails({ "the format has 1 placeholder, but 2 values are given" }, "%I", "a", nil)
  fails({ "the format has 0 placeholders, but 1 value is given" }, "100 %%", 1)
  fails({ 'unknown placeholder "%d"', "%L for a value" }, "%d", 1)
  fails({ 'unknown placeholder "%"', "%% for a percent sign" }, "100 %")
  fails({ 'unknown placeholder "%"' }, "a LIKE '%\0", 1)
  fails({ "string expected" }, "%I", nil)
  fails({ "the name is empty" }, "%I", "")
  fails({ "zero byte" }, "%I", "a\0")
  fails({ "string expected" }, "%s", nil)
  fails({ "value 2", "a zero byte" }, "%L %L", 1, "a\0")
  fails({ "value 1 is a table, which needs a type", 'moonbird.typed(value, "jsonb")' }, "%L", {})
  fails({ "value 1: a function cannot be sent" }, "%L", print)
  for name, message in pairs { ["int); DROP TABLE x; --"] = 'syntax error at or near ")"', no_such = 'type "no_such" does not exist' } do
    local ok, err = db:try(db.format, db, "%L", typed(1, name))
    assert(not ok and err.message:find(message, 1, true), tostring(err))
  end
end

local function exists(db)
  expect.equal(db:exists "SELECT 1", true)
  expect.equal(db:exists "SELECT NULL; -- one row", true)
  expect.equal(db:exists "SELECT 1 WHERE false -- none", false)
  expect.equal(db:exists("/* x */ VALUES ($1::int)", 1), true)
  expect.equal(db:exists("WITH a AS (SELECT $1::int AS n) SELECT FROM a WHERE n > $2", 1, 1), false)
  expect.equal(db:exists "TABLE pg_catalog.pg_class", true)
  expect.equal(db:exists "SELECT 1 / (3 - n) FROM generate_series(1, 5) n", true) -- it reads one row
  expect.fails(function() db:exists "SELECT 1; SELECT 2" end, "must be one query, not several statements")
  expect.fails(function() db:exists "SELECT 1 WHERE false) OR (true" end, 'the query has a ")" without a "("')
  expect.fails(function() db:exists " -- nothing" end, "must be one query, not empty")
  expect.fails(function() db:exists "SELECT 1; COMMIT" end, "cannot begin or end a transaction")
  for sql, message in pairs { ["DELETE FROM x"] = '"DELETE"', ["SELECT FROM nowhere"] = '"nowhere" does not exist' } do
    local ok, err = db:try(function() db:exists(sql) end)
    assert(not ok and tostring(err):find(message, 1, true), tostring(err))
  end
end

-- Where PostgreSQL takes no parameter, the hint names db:format.
local function parameters(db)
  for sql, words in pairs {
    ["CREATE ROLE $1"] = "A parameter is not allowed here",
    ["COMMENT ON TABLE \"é\" IS $1"] = "A parameter is not allowed here",
    ["CREATE VIEW pg_temp.v AS SELECT $1::text"] = "db:format",
    ["SELECT $1"] = false,
    ["SELEC $1"] = false,
  } do
    local ok, err = db:try(function() db:exec(sql, "x") end)
    local hint = not ok and err.hint
    assert(words and hint and hint:find(words, 1, true) or not words and not hint, sql .. ": " .. tostring(hint))
  end
  local ok, err = db:try(function() db:batch(function(b) b:exec("CREATE ROLE $1", "x") end) end)
  assert(not ok and err.hint:find("db:format", 1, true))
end

return function(db)
  names(db)
  values(db)
  refusals(db)
  exists(db)
  parameters(db)
end

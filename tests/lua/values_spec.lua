local expect = require "expect"
local null, typed = moonbird.null, moonbird.typed

-- An SQL expression, and its value in Lua.
local out = {
  { "1::int2", 1 }, { "'-2147483648'::int4", -2147483648 }, { "9223372036854775807::int8", math.maxinteger },
  { "'-9223372036854775808'::int8", math.mininteger }, { "4294967295::oid", 4294967295 },
  { "0.1::float8", 0.1 }, { "1::float8", 1.0 }, { "1.5::float4", 1.5 }, { "1e300::float8", 1e300 },
  { "'infinity'::float8", math.huge }, { "'-infinity'::float8", -math.huge },
  { "true", true }, { "false", false },
  { "1.10::numeric", "1.10" }, { "sum(1::int8)", "1" }, { "'NaN'::numeric", "NaN" },
  { "'ä€𝄞'::text", "ä€𝄞" }, { "''::text", "" }, { "'x'::varchar", "x" }, { "'n'::name", "n" }, { "'c'::\"char\"", "c" },
  { "'2b0d7c3c-7f0f-4b3e-9a65-0d2f4a5a9a10'::uuid", "2b0d7c3c-7f0f-4b3e-9a65-0d2f4a5a9a10" },
  { "'2024-02-29'::date", "2024-02-29" },
  { "'2024-02-29 12:00+02'::timestamptz", "2024-02-29 10:00:00+00" },
  { "'1 day 02:00'::interval", "1 day 02:00:00" }, { "'10.0.0.1'::inet", "10.0.0.1" },
  { "'\\x00ff41'::bytea", "\0\255A" }, { "''::bytea", "" },
  { "'[1,5)'::int4range", "[1,5)" }, { "(1,'a b')", '(1,"a b")' },
  { "'{1,NULL,3}'::int[]", { 1, null, 3 } }, { "'{}'::int[]", {} },
  { "'{{1,2},{3,4}}'::int8[]", { { 1, 2 }, { 3, 4 } } },
  { "'[0:1]={5,6}'::int[]", { 5, 6 } },
  { [['{"a b",NULL,"NULL","q\"q","b\\b","{}",""}'::text[] ]], { "a b", null, "NULL", 'q"q', "b\\b", "{}", "" } },
  { "'{t,f}'::bool[]", { true, false } }, { "'{1.5,NaN}'::float8[]", nil },
  { [[ARRAY['\x00'::bytea, '\x41']::bytea[] ]], { "\0", "A" } },
  { [[ARRAY['{"a":[1]}'::jsonb] ]], { { a = { 1 } } } },
  { "'(1,2),(0,0)'::box", "(1,2),(0,0)" }, { "ARRAY['(1,2),(0,0)'::box,'(3,3),(2,2)']", { "(1,2),(0,0)", "(3,3),(2,2)" } },
  { "'null'::jsonb", typed(null, "jsonb") }, { "'true'::json", true }, { "'\"x\\u00e4\\n\"'::json", typed("xä\n", "json") },
  { "'12345678901'::jsonb", 12345678901 }, { "'0.1'::jsonb", 0.1 }, { "'-0.25e3'::json", -250.0 },
  { [['{"a":{"b":[1,2,{"c":null}]},"d":""}'::jsonb]], { a = { b = { 1, 2, { c = null } } }, d = "" } },
  { "'[]'::jsonb", {} }, { "'{}'::jsonb", {} }, { "'[[],{}]'::json", { {}, {} } },
}

local function out_of_the_server(db)
  for _, case in ipairs(out) do
    local got = db:value("SELECT " .. case[1])
    if case[2] ~= nil then expect.same(got, case[2], case[1]) end
  end
  local nan = db:value "SELECT 'NaN'::float8"
  assert(nan ~= nan)
  db:exec "SET LOCAL bytea_output = 'escape'"
  expect.equal(db:value [[SELECT '\x005c4178ff'::bytea]], "\0\\Ax\255")
  db:exec "SET LOCAL bytea_output = 'hex'"
end

-- Values of this type come back unchanged.
local round = {
  int4 = { 0, 1, -1, 2147483647, -2147483648 },
  int8 = { math.maxinteger, math.mininteger },
  float8 = { 0.1, 1 / 3, 1e300, 5e-324, 2.0 ^ 53, 1e15, 123456789012345.0, -0.5, math.huge, -math.huge },
  bool = { true, false },
  numeric = { "1.10", "123456789012345678901234567890.5" },
  text = { "", "a", "ä€𝄞", "'", '"', "\\", "\\x41", "{}", "NULL", "\r\n\t\127", "%s" },
  bytea = { "", "\0", "abc", "\\", "\\x41", "\255\254\0", "ä" },
  ["int[]"] = { {}, { 1, 2 }, { 1, null, 3 }, { { 1, 2 }, { 3, 4 } } },
  ["text[]"] = { { "", "NULL", "a,b", '"', "\\", "{", " ", "ä", null } },
  ["bytea[]"] = { { "\0", "\\x", "" } },
  ["float8[]"] = { { 0.1, 1e300, math.huge } },
  ["bool[]"] = { { true, false, null } },
  ["jsonb[]"] = { { { a = 1 }, { 1, 2 } } },
  jsonb = { { a = 1 }, { 1, 2, 3 }, { a = { b = { c = { null, true, false, "x\0y" } } } }, { 1.5, 1e300, 0.1 },
            { ["ä\n\""] = "\\" }, { big = 9007199254740993 } },
}
round.jsonb[3].a.b.c[4] = "x\1y" -- jsonb itself refuses \u0000

local function there_and_back(db)
  for type, values in pairs(round) do
    for _, value in ipairs(values) do
      expect.same(db:value(("SELECT $1::%s"):format(type), value), value, type .. " " .. tostring(value))
    end
  end
  local nan = db:value("SELECT $1::float8", 0 / 0)
  assert(nan ~= nan)
  expect.equal(db:value("SELECT $1::int", 3.0), 3)
  expect.equal(db:value("SELECT $1::int8", 2.0 ^ 60), 1 << 60)
  expect.equal(db:value("SELECT $1::int IS NULL", nil), true)
  expect.equal(db:value("SELECT $1::int IS NULL", null), true)
end

local function random_round_trips(db)
  local seed = os.time()
  math.randomseed(seed)
  local function bytes(n)
    local t = {}
    for i = 1, n do t[i] = string.char(math.random(0, 255)) end
    return table.concat(t)
  end
  for i = 1, 200 do
    local b, f = bytes(math.random(0, 40)), string.unpack("d", bytes(8))
    expect.equal(db:value("SELECT $1::bytea", b), b, "bytea, seed " .. seed)
    if f == f then expect.equal(db:value("SELECT $1::float8", f), f, "float8, seed " .. seed) end
    local n = math.random(math.mininteger, math.maxinteger)
    expect.same(db:value("SELECT $1::jsonb", { n, { x = n } }), { n, { x = n } }, "jsonb, seed " .. seed)
    local s = {}
    for j = 1, math.random(0, 8) do s[j] = utf8.char(math.random(1, 0xD7FF), math.random(1, 127)) end
    expect.same(db:value("SELECT $1::text[]", s), s, "text[], seed " .. seed)
  end
end

local function kinds_of_tables(db)
  db:exec "CREATE TYPE colour AS ENUM ('red', 'deep blue'); CREATE TYPE point3 AS (x int, \"Y y\" text, z int[]); CREATE DOMAIN tags AS text[]"
  expect.same(db:value "SELECT '{red,\"deep blue\"}'::colour[]", { "red", "deep blue" })
  expect.same(db:value("SELECT $1::colour[]", { "deep blue" }), { "deep blue" })
  expect.equal(db:value("SELECT $1::point3", { x = 1, ["Y y"] = 'a"b, ', z = { 1, 2 } }), [[(1,"a""b, ","{1,2}")]])
  expect.equal(db:value("SELECT ($1::point3).x IS NULL", { z = {} }), true)
  expect.same(db:value("SELECT $1::tags", { "a" }), { "a" })
  expect.equal(db:value("SELECT ($1::point3[])[2].x", { { x = 1 }, { x = 7 } }), 7)
end

-- As deep as the limit, and deeper.
local function nested(db)
  db:exec "CREATE TYPE nest0 AS (a int)"
  local value, inner = { a = 1 }, "$1::nest12"
  for i = 1, 12 do
    db:exec(("CREATE TYPE nest%d AS (x nest%d)"):format(i, i - 1))
    value, inner = { x = value }, "(" .. inner .. ").x"
  end
  expect.equal(db:value(("SELECT (%s).a"):format(inner), value), 1)
  expect.same(db:value("SELECT $1::int[]", { { { { { { 7 } } } } } })[1][1][1][1][1][1], 7)
  local loop = {}
  loop[1] = loop
  for _, list in ipairs { { { { { { { { 7 } } } } } } }, loop } do
    expect.fails(function() db:value("SELECT $1::int[]", list) end,
                 "parameter $1: more than 6 dimensions for integer[], or a table that contains itself")
  end
  local wrapped = typed(1, "text")
  for _ = 1, 1000 do wrapped = typed(wrapped, "int8") end
  expect.same(db:value("SELECT $1", typed({ wrapped, typed(null, "jsonb") }, "jsonb[]")), { 1, typed(null, "jsonb") })
  expect.equal(db:value("SELECT pg_typeof($1)::text", wrapped), "bigint")
end

local function json(db)
  local encode, decode = moonbird.json.encode, moonbird.json.decode
  for _, text in ipairs { "[]", "{}", '{"a":[]}', '[{}]', "null", "[null]", '"\\u0001"', "1.5", "-0",
                          "12345678901234567890", "0.1234567890123456789", "1e400",
                          "0.01e-99999999999999999999", "10e99999999999999999999", '{"a":1,"b":{"c":[1,2]}}' } do
    expect.equal(encode(decode(text)), text)
  end
  expect.equal(encode(moonbird.json.array {}), "[]")
  expect.equal(encode(moonbird.json.object {}), "{}")
  expect.equal(encode {}, "{}")
  expect.fails(function() encode { 1, nil, 3, n = 3 } end, "either names or")
  expect.equal(encode { ["a\0b"] = 1, a = 2 }, '{"a":2,"a\\u0000b":1}')
  expect.equal(encode { n = 1 }, '{"n":1}')
  expect.equal(decode '"\\ud834\\udd1e"', "𝄞")
  for _, text in ipairs { '{"a":"\\ud834"}', '["\\udd1e\\ud834","\\uda00x"]' } do -- halves that json may hold
    expect.equal(encode(decode(text)), text)
    expect.equal(db:value("SELECT ($1::json)::text", db:value("SELECT $1::text::json", text)), text)
  end
  expect.equal(tostring(decode "12345678901234567890"), "12345678901234567890")
  expect.equal(decode "12345678901234567890", moonbird.decimal "12345678901234567890")
  expect.equal(db:value("SELECT $1::jsonb::text", { x = moonbird.decimal "1.000000000000000000001" }),
               '{"x": 1.000000000000000000001}')
  for _, text in ipairs { "", "[", "[1", "[1,", "[1,]", "{", '{"a"', '{"a":', '{"a":1,', "{1:2}", "01", "1.", ".5", "1e",
                          "tru", '"', '"\\x"', '"\n"', "[1] 2", "nul", "[1 2]", '{"a":1 "b":2}', "]", "}", "[}", ",", "+1", "NaN" } do
    expect.fails(function() decode(text) end, "in JSON at line")
  end
  expect.fails(function() decode "[1,\n  x]" end, "line 2, column 3")
  expect.fails(function() decode(("["):rep(2000)) end, "1000 nested levels")
  local loop = {}
  loop.loop = loop
  expect.fails(function() encode(loop) end, "1000 nested levels", "itself")
  expect.fails(function() encode { 1, a = 2 } end, "either names or")
  expect.fails(function() encode { [1] = 1, [3] = 3 } end, "either names or")
  expect.fails(function() encode { 0 / 0 } end, "NaN")
  expect.fails(function() encode { print } end, "function")
  for path, value in pairs { [""] = "\255", ["[2]: "] = { "ä", "a\192" }, ["a.b[2]: "] = { a = { b = { 1, "\xED\xA0" } } },
                             ['["a b"].c: '] = { ["a b"] = { c = "\xF4\x90\x80\x80" } }, ['["\\xFF"]: '] = { ["\255"] = 1 } } do
    local wrong = ": " .. path .. "JSON cannot represent a string that is not UTF-8"
    expect.fails(function() encode(value) end, "json.encode" .. wrong)
    expect.fails(function() db:value("SELECT $1::jsonb", typed(value, "jsonb")) end, "parameter $1" .. wrong)
  end
  expect.fails(function() encode { a = { 1, 0 / 0 } } end, "json.encode: a[2]: JSON cannot represent NaN")
  expect.fails(function() encode { a = { { 1, b = 2 } } } end, "json.encode: a[1]: a table for JSON")
  expect.equal(encode { a = "\0ä\xED\xA0\x80" }, '{"a":"\\u0000ä\\ud800"}')
end

local function said_outright(db)
  expect.equal(db:value("SELECT pg_typeof($1)::text", typed(1, "int8")), "bigint")
  expect.equal(db:value("SELECT $1::text", typed({ a = 1 }, "jsonb")), '{"a": 1}')
  expect.equal(db:value("SELECT $1::text", typed("x", "jsonb")), '"x"')
  expect.equal(db:value("SELECT jsonb_typeof($1)", typed(null, "jsonb")), "null")
  expect.equal(db:value("SELECT $1 IS NULL", typed(null, "text")), true)
  expect.equal(db:value("SELECT length($1)", typed("\0\1", "bytea")), 2)
  for _, name in ipairs { "numeric(3,1)", "varchar(2)[]", "interval day" } do
    expect.fails(function() db:value("SELECT $1", typed(null, name)) end, name .. '" of a value has a modifier', "$1::numeric(3,1)")
  end
  db:exec 'CREATE DOMAIN "of (two)" AS text'
  expect.equal(db:value("SELECT $1", typed("a", '"of (two)"')), "a")
  expect.equal(db:value("SELECT pg_typeof($1)::text", typed({ "red" }, "colour[]")), "colour[]")
  expect.equal(db:value("SELECT $1::jsonb[]::text", { typed("a", "jsonb"), typed(null, "jsonb"), { b = 1 }, null }),
               [[{"\"a\"","null","{\"b\": 1}",NULL}]])
  expect.equal(db:value("SELECT $1::pair::text", { a = typed(1, "int"), b = typed("x", "jsonb") }), [[(1,"""x""")]])
  expect.fails(function() db:value("SELECT $1", typed(1, "no_such_type")) end, 'type "no_such_type" does not exist')
end

local function types_that_change(db)
  db:exec "DROP TYPE point3; CREATE TYPE point3 AS (w text, x int)"
  expect.equal(db:value("SELECT $1", typed({ w = "a", x = 2 }, "point3")), "(a,2)")
  db:exec "ALTER TYPE point3 ADD ATTRIBUTE v int"
  expect.equal(db:value("SELECT $1::point3", { v = 3 }), "(,,3)")
end

local function domains(db)
  db:exec [[CREATE DOMAIN doc AS jsonb; CREATE DOMAIN paper AS doc; CREATE DOMAIN raw AS bytea; CREATE DOMAIN few AS int
            ; CREATE TYPE pair AS (a int, b doc); CREATE DOMAIN two AS pair
            ; CREATE TABLE kept (d doc, p paper, r raw, t two, ds doc[], f few[])]]
  local row = { d = { 1 }, p = { a = {} }, r = "\0\255", t = { a = 1, b = { x = 1 } }, ds = { { y = 2 } }, f = { 3, null } }
  db:insert("kept", row)
  db:copy("kept", { "d", "p", "r", "t", "ds", "f" }, { row })
  for stored in db:rows "SELECT * FROM kept" do
    expect.same(stored, { d = { 1 }, p = { a = {} }, r = "\0\255", t = '(1,"{""x"": 1}")', ds = { { y = 2 } },
                          f = { 3, null } })
  end
  expect.equal(db:value("SELECT $1::text", typed("x", "paper")), '"x"')
end

local function refusals(db)
  local function fails(...)
    local args = table.pack(...)
    expect.fails(function()
      local ok, err = db:try(function() db:value(table.unpack(args, 2, args.n)) end)
      assert(ok, err)
    end, args[1])
  end
  fails("parameter $1: a table cannot be sent as integer", "SELECT $1::int", { 1 })
  fails("parameter $2: a string with a zero byte cannot be sent as text", "SELECT $1::int, $2::text", 1, "a\0")
  fails("parameter $1: a function cannot be sent", "SELECT $1::int", print)
  fails("parameter $1: a table with other keys than 1 to n cannot be sent as integer[]", "SELECT $1::int[]", { a = 1 })
  fails('parameter $1: point3 has no field "y"', "SELECT $1::point3", { x = 1, y = 2 })
  fails("parameter $1: a table for point3 must have the names of its fields as keys", "SELECT $1::point3", { "a", 1 })
  fails("the statement has 1 parameter, but 2 values are given", "SELECT $1::jsonb", {}, 2)
  fails("the statement has 2 parameters, but 1 value is given", "SELECT $1::jsonb, $2::int", {})
  local ok, err = db:try(function() db:value("SELECT $1::int, $2::int", 1) end)
  expect.equal(ok, false)
  expect.equal(err.message, "the statement has 2 parameters, but 1 value is given")
  expect.equal(err.hint, "Give one value for each of $1, $2 and so on in the SQL.")
  fails("the statement has 1 parameter, but 2 values are given", "SELECT $1::int", 1, 2)
  fails("the statement has 0 parameters, but 1 value is given", "CREATE TABLE one ()", 1)
end

-- An error during COPY aborts the transaction.
local function copy(db, rows)
  local ok, err = db:try(function() db:copy("lists", { "l" }, rows) end)
  if not ok then error(err) end
end

-- With array_nulls off, the server reads NULL in an array as a text of four letters.
local function null_in_arrays(db)
  db:exec "CREATE TABLE lists (l text[]); CREATE TABLE plain (t text)"
  for _, sql in ipairs { "SET LOCAL array_nulls = off", "SELECT set_config('ARRAY_NULLS', 'off', true)" } do
    db:exec(sql)
    local message = "parameter $1: NULL cannot be sent in an array while array_nulls is off"
    expect.fails(function() db:value("SELECT ($1::text[])[1]", { null }) end, message)
    expect.fails(function() db:batch(function(b) b:exec("INSERT INTO lists VALUES ($1)", { null }) end) end, message)
    expect.fails(function() db:insert("lists", { l = { null } }) end, "NULL cannot be sent in an array")
    expect.fails(function() copy(db, { { { "a" } }, { { null } } }) end,
      'row 2: column "l": NULL cannot be sent in an array while array_nulls is off')
    db:copy("lists", { "l" }, { { { "a" } }, { null } })
    expect.same(db:query "SELECT l FROM lists ORDER BY l", { { l = { "a" } }, {} })
    db:exec "DELETE FROM lists"
    db:copy("plain", { "t" }, { { null }, { "a" } })
    expect.equal(db:value("SELECT ($1::text[])[1]", { "a" }), "a")
    db:exec "SET LOCAL array_nulls = on"
    expect.same(db:value("SELECT $1::text[]", { "a", null }), { "a", null })
    db:copy("lists", { "l" }, { { { null, "NULL" } } })
    expect.same(db:value "SELECT l FROM lists", { null, "NULL" })
    db:exec "DELETE FROM lists"
  end
end

return function(db)
  out_of_the_server(db)
  there_and_back(db)
  random_round_trips(db)
  kinds_of_tables(db)
  nested(db)
  json(db)
  types_that_change(db)
  domains(db)
  said_outright(db)
  refusals(db)
  null_in_arrays(db)
end

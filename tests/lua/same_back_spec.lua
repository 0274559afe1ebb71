-- A value that is read and written back stays the same, for each type and each way to write it.
local expect = require "expect"
local null = moonbird.null

-- Values in SQL; each list gets NULL, too.
local types = {
  int2 = { "-32768" }, int4 = { "2147483647" }, int8 = { "-9223372036854775808", "9007199254740993" }, oid = { "4294967295" },
  float4 = { "0.1", "'NaN'", "1e10" }, float8 = { "0.1", "1e300", "'-infinity'", "5e-324", "1e15", "'-0'" },
  bool = { "true", "false" }, numeric = { "1.10", "'NaN'", "1e40", "0.00" }, ["numeric(8,3)"] = { "7" }, money = { "'1234.50'" },
  text = { "''", "'123'", "'true'", "'NULL'", "'{}'", "'\\x41'", "E'a\\tb\\\\c\\nd'", "'ä€𝄞'", "'\\N'", "' '" },
  varchar = { "'x'" }, ["char(3)"] = { "'a'" }, name = { "'n'" }, ['"char"'] = { "'c'" }, uuid = { "'2b0d7c3c-7f0f-4b3e-9a65-0d2f4a5a9a10'" },
  bytea = { "''", "'\\x00'", "'\\x5c78'", "'\\xff00fe27225c'", "'abc'" },
  date = { "'2024-02-29'", "'infinity'", "'0044-03-15 BC'" }, timestamp = { "'2024-02-29 12:00:00.000001'" },
  timestamptz = { "'2024-02-29 12:00+02'", "'-infinity'" }, time = { "'24:00'" }, timetz = { "'12:00+02'" },
  interval = { "'1 year -2 days 03:04:05.6'" }, inet = { "'10.0.0.1/8'" }, cidr = { "'10.0.0.0/8'" }, macaddr = { "'08:00:2b:01:02:03'" },
  xml = { "'<a>x</a>'" }, bit = { "B'1'" }, varbit = { "B'0101'" }, tsvector = { "'a:1 b'" }, point = { "'(1,2)'" }, box = { "'(3,3),(1,1)'" },
  int4range = { "'[1,5)'", "'empty'" }, pg_lsn = { "'16/B374D848'" },
  regclass = { "'pg_class'" }, colour = { "'deep blue'" }, pair = { "ROW(1,'a \"b\"')", "ROW(NULL,'')" }, few = { "3" }, doc = { [['"x"']], "'null'", [['{"a": 1}']] },
  jsonb = { [['"123"']], [['"true"']], [['"{}"']], [['"abc"']], [['""']], [['"null"']], "'null'", "'true'", "'123'", "'1e400'", "'0.1'",
            "'12345678901234567890'", "'[]'", "'{}'", "'[null]'", "'[[], {}]'", [['{"a": null, "n": 3}']], [['"\u00e4\n\""']], [['["123"]']] },
  json = { [['"123"']], [['"true"']], [['"abc"']], "'null'", "'false'", "'-7'", "'[]'", "'{}'" },
  ["int[]"] = { "'{}'", "'{1,NULL,3}'", "'{{1,2},{3,4}}'", "'{NULL}'", "'{{{1}},{{2}}}'", "'[0:1]={5,6}'", "'[-1:0][2:3]={{1,2},{3,4}}'" },
  ["text[]"] = { "'{}'", "'{a,b,NULL}'", [['{"NULL","","{","a b","\"","\\\\",","}']], "'{{a,NULL},{b,c}}'" },
  ["bytea[]"] = { [=[ARRAY['\x00','\x5c']::bytea[]]=] }, ["numeric[]"] = { "'{1.10,NULL,NaN}'" }, ["bool[]"] = { "'{t,f,NULL}'" },
  ["float8[]"] = { "'{0.1,Infinity,NULL}'" }, ["timestamptz[]"] = { "'{\"2024-02-29 10:00:00+00\"}'" }, ["colour[]"] = { "'{red,\"deep blue\"}'" },
  ["pair[]"] = { [=[ARRAY[ROW(1,'a,"'),NULL,ROW(NULL,NULL)]::pair[]]=], [=[ARRAY[ARRAY[ROW(1,'x')],ARRAY[ROW(2,'y')]]::pair[]]=] },
  ["box[]"] = { "'{(3,3),(1,1);(1,1),(0,0)}'" }, ["int4range[]"] = { [['{"[1,5)"}']] }, tags = { "'{a,NULL}'" },
  ["jsonb[]"] = { [=[ARRAY['"123"','null',NULL,'{"a":1}','[1]','[]','{}','1','true']::jsonb[]]=], [=[ARRAY[ARRAY['[1]','"a"'],ARRAY['null',NULL]]::jsonb[]]=] },
  ["json[]"] = { [=[ARRAY['"x"','null','[]']::json[]]=] }, ["doc[]"] = { [=[ARRAY['"x"','null']::doc[]]=] },
  int2vector = { "'10 2 -3'", "''" }, oidvector = { "'123 4294967295'" },
}

-- Each writes the rows of `src` to `dst` in another way.
local ways = {}

local function each_row(db, fn)
  for row in db:rows "SELECT id, v FROM src ORDER BY id" do fn(row) end
end

function ways.parameter(db)
  each_row(db, function(row) db:exec("INSERT INTO dst (id, v) VALUES ($1, $2)", row.id, row.v) end)
end

function ways.value(db)
  for id in db:rows "SELECT id FROM src" do
    db:exec("INSERT INTO dst (id, v) VALUES ($1, $2)", id.id, db:value("SELECT v FROM src WHERE id = $1", id.id))
  end
end

function ways.update(db)
  db:exec "INSERT INTO dst (id) SELECT id FROM src"
  each_row(db, function(row) db:exec("UPDATE dst SET v = $2 WHERE id = $1", row.id, db:row("SELECT v FROM src WHERE id = $1", row.id).v) end)
end

function ways.insert(db) each_row(db, function(row) db:insert("dst", row) end) end
function ways.insert_many(db) db:insert("dst", (db:query "SELECT id, v FROM src")) end
function ways.copy_rows(db) db:copy("dst", { "id", "v" }, (db:query "SELECT id, v FROM src")) end

function ways.copy_positions(db)
  local rows = {}
  for i, row in ipairs((db:query "SELECT id, v FROM src")) do rows[i] = { row.id, row.v == nil and moonbird.null or row.v } end
  db:copy("dst", { "id", "v" }, rows)
end

function ways.batch(db)
  local rows = db:query "SELECT id, v FROM src"
  db:batch(function(b)
    for _, row in ipairs(rows) do b:exec("INSERT INTO dst (id, v) VALUES ($1, $2)", row.id, row.v) end
  end)
end

function ways.composite(db)
  each_row(db, function(row) db:exec("INSERT INTO dst SELECT ($1::src).*", row) end)
end

-- Pairs of a written element and the element that is read.
local function with_arrays(of)
  function ways.element_in(db)
    each_row(db, function(row) db:exec(("INSERT INTO dst (id, v) VALUES ($1, ($2::%s[])[1])"):format(of), row.id, { row.v == nil and null or row.v }) end)
  end

  function ways.element_out(db)
    local all = db:value "SELECT array_agg(v ORDER BY id) FROM src"
    for i, id in ipairs(db:value "SELECT array_agg(id ORDER BY id) FROM src") do
      db:exec("INSERT INTO dst (id, v) VALUES ($1, $2)", id, all[i])
    end
  end

  function ways.whole_array(db)
    db:exec(("INSERT INTO dst (id, v) SELECT g, ($1::%s[])[g] FROM generate_subscripts($1::%s[], 1) AS g"):format(of, of),
            db:value "SELECT array_agg(v ORDER BY id) FROM src")
  end
end

local function without_arrays() ways.element_in, ways.element_out, ways.whole_array = nil, nil, nil end

local function make(db, of, values)
  db:exec(("CREATE TABLE src (id int, v %s)"):format(of))
  for i, text in ipairs(values) do db:exec(("INSERT INTO src VALUES (%d, %s)"):format(i, text)) end
  db:exec(("INSERT INTO src VALUES (%d, NULL)"):format(#values + 1))
  db:exec(("CREATE TABLE dst (id int, v %s%s)"):format(of, values.default and " DEFAULT " .. values.default or ""))
end

local function compare(db, of, way)
  for row in db:rows [[SELECT id, src.v::text AS was, dst.v::text AS is FROM src FULL JOIN dst USING (id)
                        WHERE src.v::text IS DISTINCT FROM dst.v::text LIMIT 1]] do
    error(("%s, %s: %s became %s"):format(of, way, tostring(row.was), tostring(row.is)))
  end
end

local function check(db, of, values)
  make(db, of, values)
  if of:find "%[%]$" or of == "tags" or of:find "vector" then without_arrays() else with_arrays(of) end
  for way, write in pairs(ways) do
    local ok, err = db:try(function()
      write(db)
      compare(db, of, way)
      error "done"
    end)
    if ok or not tostring(err):find "done" then error(("%s, %s: %s"):format(of, way, tostring(err))) end
  end
  db:exec "DROP TABLE src, dst"
end

-- NULL is written as NULL where the column has another default.
local function with_defaults(db)
  check(db, "text", { "'a'", default = "'other'" })
  check(db, "jsonb", { "'null'", default = "'{}'" })
end

local function json_scalars(db)
  local text = db:value [[SELECT '"abc"'::jsonb]]
  expect.equal(tostring(text), "abc")
  expect.equal(text.value, "abc")
  expect.equal(text.type, "jsonb")
  expect.equal("x" .. text .. "y", "xabcy")
  expect.equal(#text, 3)
  expect.equal(text, moonbird.typed("abc", "jsonb"))
  assert(text ~= moonbird.typed("abd", "jsonb") and text ~= moonbird.typed("abc", "json"))
  local none = db:value "SELECT 'null'::jsonb"
  expect.equal(none.value, null)
  expect.equal(tostring(none), "null")
  expect.equal(db:value [[SELECT '{"a": "x", "b": null}'::jsonb]].a, "x")
  expect.equal(moonbird.json.encode { a = text, b = none }, '{"a":"abc","b":null}')
  expect.fails(function() return text.vaule end, "vaule", 'Did you mean "value"?')
end

-- An array that was read is a plain Lua sequence.
local function arrays(db)
  local tags = db:value "SELECT '{a,b,old,NULL}'::text[]"
  expect.equal(#tags, 4)
  local keys = 0
  for k in pairs(tags) do
    assert(math.type(k) == "integer")
    keys = keys + 1
  end
  expect.equal(keys, 4)
  table.remove(tags, 3)
  table.insert(tags, "c")
  expect.equal(db:value("SELECT $1::text[]::text", tags), "{a,b,NULL,c}")
  for i = #tags, 1, -1 do table.remove(tags, i) end
  expect.equal(db:value("SELECT $1::text[]::text", tags), "{}")
  expect.equal(moonbird.json.encode(tags), "[]")
  local shifted = db:value "SELECT '[0:2]={5,6,7}'::int[]"
  table.remove(shifted)
  expect.equal(db:value("SELECT $1::int[]::text", shifted), "[0:1]={5,6}")
  for _ = 1, 2 do table.remove(shifted) end
  expect.equal(db:value("SELECT $1::int[]::text", shifted), "{}")
  local grid = db:value "SELECT '{{1,2},{3,4}}'::int[]"
  table.remove(grid, 1)
  expect.equal(db:value("SELECT $1::int[]::text", grid), "{{3,4}}")
  for _, wrong in ipairs { { 1, nil, 3 }, table.pack(1, 2), { [0] = 1 }, { 1, [1.5] = 2 } } do
    expect.fails(function() db:value("SELECT $1::int[]", wrong) end, "other keys than 1 to n", "moonbird.null")
  end
  local plain = db:value("SELECT indkey FROM pg_index WHERE indexrelid = 'pg_proc_proname_args_nsp_index'::regclass")
  assert(#plain == 3 and math.type(plain[1]) == "integer")
end

return function(db)
  db:exec [[CREATE TYPE colour AS ENUM ('red', 'deep blue'); CREATE TYPE pair AS (a int, b text); CREATE DOMAIN few AS int;
            CREATE DOMAIN doc AS jsonb; CREATE DOMAIN tags AS text[]; SET LOCAL lc_monetary = 'C']]
  if db.server_version >= 140000 then types.int4multirange = { "'{[1,2),[5,6)}'" } end
  for of, values in pairs(types) do check(db, of, values) end
  with_defaults(db)
  json_scalars(db)
  arrays(db)
end

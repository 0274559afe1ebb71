local expect = require "expect"
local null = moonbird.null

local function insert(db)
  db:exec [[CREATE TABLE "Odd.t" (id serial PRIMARY KEY, "Na me" text DEFAULT 'd', data jsonb, tags text[], raw bytea)]]
  db:exec [[CREATE TABLE u (email text UNIQUE, name text, n int DEFAULT 7)]]
  expect.equal(db:insert("u", { email = "a", name = "A" }), 1)
  expect.equal(db:insert("u", { { email = "b" }, { name = "C", n = null }, { n = 1 } }), 3)
  expect.same(db:query "SELECT * FROM u ORDER BY email, n", { { email = "a", name = "A", n = 7 }, { email = "b", n = 7 },
              { n = 1 }, { name = "C" } })
  expect.same(db:insert("u", { { email = "x" }, { email = "y" } }, { returning = { "email", "n" } }),
              { { email = "x", n = 7 }, { email = "y", n = 7 } })
  expect.same(db:insert("u", { email = "z" }, { returning = "n" }), { { n = 7 } })
  local none = db:query "SELECT * FROM u WHERE false"
  expect.same(db:insert("u", none, { returning = "*" }), {})
  expect.equal(db:insert("u", db:insert("u", none, { returning = "*" })), 0)
  expect.equal(db:insert("u", moonbird.json.array()), 0)
  expect.fails(function() db:insert("u", {}) end, "the table is empty", "To insert a row of defaults, give { {} }", "moonbird.json.array()")
  expect.same(db:insert("u", db:row "SELECT NULL AS email, NULL AS n", { returning = "*" }), { { name = nil } })
  expect.equal(db:insert("u", { {}, {} }), 2)
  expect.equal(db:insert("u", { email = "a", name = "new" }, { on_conflict = "nothing" }), 0)
  expect.equal(db:insert("u", { email = "a", name = "new" }, { on_conflict = { "email" } }), 0)
  expect.equal(db:insert("u", { email = "a", name = "new" }, { on_conflict = { "email", update = { "name" } } }), 1)
  expect.equal(db:value "SELECT name FROM u WHERE email = 'a'", "new")
  expect.equal(db:insert("u", { n = 3 }), 1) -- a column, not the length of a list
end

-- PostgreSQL 13 does not distinguish a value for a generated column from a syntax error.
local function hinted(db, err, words) return db.server_version < 140000 or err.hint:find(words, 1, true) end

-- Whether an identity column takes the given value.
local function identity(db)
  db:exec "CREATE TABLE i (id int GENERATED ALWAYS AS IDENTITY, n int GENERATED ALWAYS AS (1) STORED, m int)"
  local function insert(row, whose) return db:insert("i", row, { overriding = whose, returning = "id" }) end
  expect.same(insert({ { id = 7 }, { id = 8 }, {} }, "system"), { { id = 7 }, { id = 8 }, { id = 1 } })
  expect.same(insert({ id = 7 }, "user"), { { id = 2 } })
  expect.same(insert({ {} }, "user"), { { id = 3 } })
  expect.fails(function() insert({ id = 7 }, "sytem") end, 'unknown value of overriding "sytem"', 'Did you mean "system"?')
  expect.fails(function() insert(moonbird.json.array(), true) end, '"overriding" must be "system" or "user", not a boolean')
  local ok, err = db:try(function() db:insert("i", { id = 7 }) end)
  assert(not ok and err.hint:find('overriding = "system"', 1, true))
  ok, err = db:try(function() db:insert("i", { n = 7 }) end)
  assert(not ok and hinted(db, err, "Leave this column out"))
  ok, err = db:try(function() db:insert("i", db:query("SELECT * FROM i LIMIT 1")[1], { overriding = "system" }) end)
  assert(not ok and hinted(db, err, "select only the other columns"))
  ok, err = db:try(function() db:update("i", { id = 8 }, { id = 7 }) end)
  assert(not ok and err.hint:find("Leave this column out", 1, true))
end

-- on_conflict with each form of unique index that PostgreSQL has.
local function conflicts(db)
  db:exec [[CREATE TABLE c (tenant int, email text, gone bool DEFAULT false, name text)
          ; CREATE UNIQUE INDEX ON c (tenant, lower(email)) WHERE NOT gone
          ; ALTER TABLE c ADD CONSTRAINT "one Name" UNIQUE (name)
          ; INSERT INTO c VALUES (1, 'A@b', false, 'a')]]
  local function insert(row, conflict) return db:insert("c", row, { on_conflict = conflict }) end
  local key = { "tenant", expression = "lower(email) -- as in the index", where = "NOT gone -- likewise" }
  expect.equal(insert({ tenant = 1, email = "a@B", name = "x" }, key), 0)
  key.update = { "email", "name" }
  expect.equal(insert({ tenant = 1, email = "a@B", name = "x" }, key), 1)
  expect.equal(insert({ tenant = 1, email = "a@b", gone = true }, key), 1)
  expect.equal(insert({ tenant = 9, name = "x" }, { constraint = "one Name" }), 0)
  expect.equal(insert({ tenant = 9, name = "x" }, { constraint = "one Name", update = { "tenant" } }), 1)
  expect.same(db:query "SELECT * FROM c ORDER BY gone", { { tenant = 9, email = "a@B", gone = false, name = "x" },
                                                          { tenant = 1, email = "a@b", gone = true } })
  db:exec "CREATE UNIQUE INDEX ON c (upper(name))"
  expect.equal(insert({ name = "X" }, { expression = "upper(name)" }), 0)
end

local function insert_of_tables(db)
  db:exec [[CREATE SCHEMA "S"; CREATE TABLE "S"."T" (data jsonb, tags text[], raw bytea)]]
  local rows = db:insert("S.T", { { data = { a = {} }, tags = { "x", null }, raw = "\0\\" }, { data = { 1 } } },
                         { returning = "*" })
  expect.same(rows, { { data = { a = {} }, tags = { "x", null }, raw = "\0\\" }, { data = { 1 } } })
end

local function many_rows(db)
  local rows = {}
  for i = 1, 12345 do rows[i] = { email = "many" .. i, n = i } end
  expect.equal(db:insert("u", rows), 12345)
  expect.equal(db:value "SELECT sum(n)::int8 FROM u WHERE email LIKE 'many%'", 12345 * 12346 // 2)
end

local function insert_refusals(db)
  expect.fails(function() db:insert("u", { "a" }) end, "row 1 is a string")
  expect.fails(function() db:insert("u", { { 1 } }) end, "column names")
  expect.fails(function() db:insert("u", { { email = "e" }, nil, { email = "f" } }) end, "1 to n")
  expect.fails(function() db:insert("u", { { email = "e" }, email = "f" }) end, "1 to n")
  expect.fails(function() db:insert("u", { email = "e" }, { retuning = "*" }) end, 'unknown option of insert "retuning"', '"returning"')
  expect.fails(function() db:insert("u", db:query "SELECT 'e' AS email") end, "the options of insert are a list", "in parentheses")
  expect.fails(function() db:insert("u", { email = "e" }, { [true] = 1 }) end, "unknown option of insert: the key is a boolean")
  expect.fails(function() db:insert("u", { email = "e" }, { on_conflict = 1 }) end, "on_conflict must be")
  for wrong, message in pairs {
    [{ "email", updat = { "name" } }] = 'unknown key of on_conflict "updat"',
    [{ "email", update = "name" }] = '"update" of on_conflict must be a list of columns, not a string',
    [{ "email", update = {} }] = '"update" of on_conflict has no columns: omit it to keep the existing row',
    [{ "email", update = { "name", n = 1 } }] = '"update" of on_conflict must be a list of columns, not a table with other keys',
    [{ "email", [3] = "name" }] = "the keys 1 to n",
    [{}] = 'on_conflict has no columns',
    [{ update = { "name" } }] = 'on_conflict has no columns',
    [{ where = "n > 1" }] = 'on_conflict has no columns',
    [{ "email", constraint = "u_email_key" }] = "on_conflict has a constraint, and also columns",
    [{ constraint = "u_email_key", where = "true" }] = "on_conflict has a constraint, and also columns",
    [{ constraint = { "u_email_key" } }] = '"constraint" of on_conflict must be a string, not a table',
    [{ expression = "" }] = '"expression" of on_conflict is empty',
    [{ "email", where = "n = $1" }] = '"where" of on_conflict has a parameter $1, but no values',
    [{ expression = "coalesce(email, $2)" }] = '"expression" of on_conflict has a parameter $2, but no values',
    [{ "email", where = "true) DO UPDATE SET (n = 1" }] = '"where" of on_conflict has a ")" without a "("',
    [{ expression = "lower(email" }] = '"expression" of on_conflict has a "(" that is not closed',
    [{ "email", where = true }] = '"where" of on_conflict must be a string, not a boolean',
  } do
    expect.fails(function() db:insert("u", { email = "a", name = "x" }, { on_conflict = wrong }) end, message)
    expect.fails(function() db:insert("u", moonbird.json.array(), { on_conflict = wrong }) end, message)
  end
  for wrong, message in pairs {
    [{}] = 'returning has no columns: give "*" for all columns, or omit it to get the number of rows',
    [{ "email", n = true }] = "returning must be a list of columns, not a table with other keys",
    [{ email = true }] = "returning must be a list of columns",
  } do
    expect.fails(function() db:insert("u", { email = "b" }, { returning = wrong }) end, message)
    expect.fails(function() db:insert("u", moonbird.json.array(), { returning = wrong }) end, message)
  end
  local _, err = db:try(function() db:insert("nowhere", { a = 1 }) end)
  expect.equal(err.sqlstate, "42P01")
end

local function catalog(db)
  db:exec [[
    CREATE VIEW v AS SELECT 1 AS one; CREATE INDEX u_name ON u (name);
    CREATE TYPE mood AS ENUM ('sad', 'it''s');
    CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER after_u AFTER INSERT ON u EXECUTE FUNCTION tr();
    CREATE TABLE gone (a int, b int); ALTER TABLE gone DROP COLUMN b; CREATE TABLE "S".only_there (a int)]]
  local schema = db:value "SELECT current_schema()"
  local function check(wanted, name, ...)
    expect.equal(db["has_" .. name](db, ...), wanted, name .. " " .. table.concat({ ... }, " "))
  end
  for name, yes in pairs { table = { "u", "v", schema .. ".u", "S.T" }, index = { "u_name", schema .. ".u_name" },
                           ["function"] = { "f", schema .. ".f", "now" }, schema = { "S", schema }, role = { db.user },
                           extension = { "plpgsql" }, type = { "mood", "int4" } } do
    for _, word in ipairs(yes) do check(true, name, word) end
    for _, word in ipairs { "nothing", "S.nothing", "nothing.u", "U", "", "it's" } do check(false, name, word) end
  end
  for _, name in ipairs { "int", "INTEGER", "timestamptz", "timestamp with time zone", "varchar(10)", "numeric(10,2)", "text[]",
                          "mood[]", schema .. ".mood[]", "double precision" } do
    check(true, "type", name)
  end
  for _, name in ipairs { "select", "timestamp with", "glad(10)", "(10)", "[]", "int[x]", "a b c", "varchar(10" .. "'" } do
    check(false, "type", name)
  end
  check(false, "table", "only_there")
  check(true, "table", "S.only_there")
  check(false, "table", "u_name")
  check(false, "table", "Odd.t")
  check(true, "column", "u", "email")
  check(true, "column", "S.T", "raw")
  check(false, "column", "u", "nothing")
  check(false, "column", "gone", "b")
  check(false, "column", "gone", "........pg.dropped.2........")
  check(false, "column", "u", "ctid")
  check(true, "constraint", "u", "u_email_key")
  check(false, "constraint", "gone", "u_email_key")
  check(true, "trigger", "u", "after_u")
  check(false, "trigger", "v", "after_u")
  check(true, "enum_value", "mood", "it's")
  check(true, "enum_value", schema .. ".mood", "sad")
  check(false, "enum_value", "mood", "glad")
  expect.same(db:columns "u", { { name = "email", type = "text", nullable = true }, { name = "name", type = "text", nullable = true },
                                { name = "n", type = "integer", nullable = true, default = "7" } })
  expect.fails(function() db:has_function "f(int)" end, '"f(int)" must be the name of a function, without arguments')
  expect.fails(function() db:columns "nothing" end, "table \"nothing\" does not exist")
end

return function(db)
  insert(db)
  conflicts(db)
  identity(db)
  insert_of_tables(db)
  many_rows(db)
  insert_refusals(db)
  catalog(db)
end

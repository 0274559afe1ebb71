-- Reading a name that is not a column of the row raises an error; a column that is NULL is nil.
local expect = require "expect"

local function check(row, what)
  expect.equal(row.email, "a@b.c", what)
  expect.equal(row.name, nil, what)
  expect.equal(row.name or "nobody", "nobody", what)
  expect.fails(function() return row.emial end, 'unknown column "emial"', 'Did you mean "email"?')
  expect.fails(function() return row[1] end, "column names")
  local keys = {}
  for key in pairs(row) do keys[#keys + 1] = key end
  table.sort(keys)
  expect.same(keys, { "email", "id" }, what)
  expect.equal(#row, 0, what)
  expect.equal(next(row) ~= nil, true)
  row.more = 1
  expect.equal(row.more, 1, what)
  row.more = nil
end

local function every_source(db)
  local sql = "SELECT id, email, name FROM person"
  check(db:row(sql), "row")
  check(db:query(sql)[1], "query")
  for row in db:rows(sql) do check(row, "rows") end
  check(db:insert("person", { id = 2, email = "a@b.c" }, { returning = "*" })[1], "insert")
  for row in moonbird.csv "lib/people.csv" do
    assert(row.name)
    expect.fails(function() return row.nmae end, 'unknown column "nmae"', 'Did you mean "name"?')
    break
  end
end

-- A db:copy that fails, after which the transaction is still usable.
local function in_try(db, ...)
  local ok, err = db:try(db.copy, db, ...)
  if not ok then error(err, 0) end
end

-- A function that accepts any table accepts a row.
local function as_a_table(db)
  local row = db:row "SELECT id, email, name FROM person WHERE id = 1"
  expect.equal(moonbird.json.encode(row), '{"email":"a@b.c","id":1}')
  expect.equal(moonbird.json.encode(db:query "SELECT id FROM person WHERE false"), "[]")
  expect.equal(moonbird.json.encode(db:query "SELECT NULL AS a"), "[{}]")
  db:exec "CREATE TABLE copied (id int DEFAULT 9, email text, name text DEFAULT 'default', extra text DEFAULT 'e')"
  db:insert("copied", row)
  db:insert("copied", { row, { id = 5 } })
  db:copy("copied", { "id", "name" }, { row })
  expect.fails(function() in_try(db, "copied", { "id", "extra" }, { row }) end, 'row 1: unknown column "extra"')
  expect.same(db:query "SELECT * FROM copied ORDER BY id, email, extra", {
    { id = 1, email = "a@b.c", extra = "e" }, { id = 1, email = "a@b.c", extra = "e" }, { id = 1, extra = "e" },
    { id = 5, name = "default", extra = "e" } })
  row.id = 77
  row.extra = "more"
  db:insert("copied", row)
  expect.same(db:row "SELECT * FROM copied WHERE id = 77", { id = 77, email = "a@b.c", extra = "more" })
end

-- A row that was read must have the columns that COPY loads; otherwise a whole column would be NULL.
local function copied_by_a_wrong_name(db)
  db:exec "CREATE TABLE people (id int, name text, \"Name\" text)"
  for what, rows in pairs {
    csv = function() return moonbird.csv "lib/people.csv" end,
    query = function() return (db:query "SELECT id, name FROM person") end,
  } do
    local err = expect.fails(function() in_try(db, "people", { "id", "Name" }, rows()) end, 'row 1: unknown column "Name"')
    expect.equal(err.hint, 'Did you mean "name"?', what)
  end
  expect.equal(db:value "SELECT count(*) FROM people", 0)
  expect.equal(db:copy("people", { "id", "Name" }, { { id = 1 }, { Name = "plain tables can leave out" } }), 2)
end

return function(db)
  db:exec "CREATE TABLE person (id int, email text, name text); INSERT INTO person VALUES (1, 'a@b.c', NULL)"
  every_source(db)
  as_a_table(db)
  copied_by_a_wrong_name(db)
end

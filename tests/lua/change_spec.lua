-- db:update and db:delete change the rows that meet the condition, and never all rows by mistake.
local expect = require "expect"
local null, typed = moonbird.null, moonbird.typed

local function ids(db) return db:value "SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), '') FROM t" end

-- Checks the rows that a condition selects: by db:update, and by a db:delete that is rolled back.
local function selects(db, where, wanted)
  local rows = db:update("t", { seen = true }, where, { returning = "id" })
  local found = {}
  for i, row in ipairs(rows) do found[i] = row.id end
  table.sort(found)
  expect.equal(table.concat(found, " "), wanted)
  local _, err = db:try(function() error { n = db:delete("t", where) } end)
  expect.equal(err.n, #found)
end

local function conditions(db)
  selects(db, { id = 2 }, "2")
  selects(db, { id = { 1, 3, 99 } }, "1 3")
  selects(db, { id = {} }, "")
  selects(db, { name = null }, "3")
  selects(db, { name = typed(null, "text") }, "3")
  selects(db, { kind = "x", name = { "a", "b" } }, "1 2")
  selects(db, { name = "a'" }, "")
  selects(db, { flag = false }, "2 3")
  selects(db, { doc = typed({ a = 1 }, "jsonb") }, "1")
  selects(db, { doc = typed(null, "jsonb") }, "2")
  selects(db, { doc = { typed("x", "jsonb"), { a = 1 } } }, "1")
  selects(db, { tags = typed({ "p", "q" }, "text[]") }, "1")
  selects(db, { n = 0.5 }, "1")
  selects(db, { n = moonbird.decimal "0.50" }, "1")
  selects(db, "id > 1 -- all others", "2 3")
  selects(db, "true", "1 2 3")
  selects(db, { "id > $1 OR name = $2", 2, "a" }, "1 3")
  selects(db, { "id = ANY ($1) AND name IS NOT DISTINCT FROM $2", { 1, 3 }, null }, "3")
  selects(db, { "id = 1" }, "1")
  selects(db, { "id = $1 AND name <> '$2' AND $q$$3$q$ <> kind /* $4 */ -- $5", 1 }, "1")
  selects(db, db:row "SELECT id, name FROM t WHERE id = 3", "3") -- NULL as in db:insert
end

local function values(db)
  expect.equal(db:update("S2.Odd.t", { ['o"k'] = 1 }, { ['o"k'] = 2 }), 0)
  expect.equal(db:update("t", { id = 10, name = null, doc = { 1 }, tags = { "z", null } }, { "id = $1 AND kind = $2", 1, "x" }), 1)
  expect.same(db:row "SELECT id, name, doc, tags FROM t WHERE id = 10", { id = 10, doc = { 1 }, tags = { "z", null } })
  expect.same(db:update("t", { kind = "y" }, { id = 10 }, { returning = { "id", "kind" } }), { { id = 10, kind = "y" } })
  expect.same(db:update("t", db:row "SELECT kind, name FROM t WHERE id = 3", { id = 2 }, { returning = { "kind", "name" } }),
              { { kind = "x", name = nil } })
  expect.same(db:delete("t", { id = 99 }, { returning = "*" }), {})
  expect.equal(#db:delete("t", { id = { 2, 3 } }, { returning = "id" }), 2)
  expect.equal(db:delete("t", "true"), 1)
  expect.equal(ids(db), "")
end

local function refusals(db)
  local function fails(where, ...)
    local words = table.pack(...)
    expect.fails(function() db:update("t", { name = "lost" }, where) end, table.unpack(words))
    expect.fails(function() db:delete("t", where) end, table.unpack(words))
  end
  for _, where in ipairs { {}, "", " \n", { "" }, moonbird.json.array() } do
    fails(where, "the condition is empty", 'If you mean all rows, give the condition "true".')
  end
  fails(nil, "the condition is empty")
  fails(5, "the condition must be a table or SQL, not a number")
  fails(null, "the condition must be a table or SQL, not a ")
  fails({ 5 }, "must begin with SQL, not a number")
  fails({ "id = $1", nil, 5 }, "without gaps")
  fails({ "id = 1", id = 1 }, "without gaps")
  -- Here db:update could take "lost", the value of the column, for the missing parameter.
  fails({ "id = $1 AND name <> $2", 1 }, "the condition has a parameter $2, but 1 value", "A nil in the list does not count")
  fails({ "name <> $1" }, "the condition has a parameter $1, but 0 values")
  fails("name <> $1", "the condition has a parameter $1, but 0 values")
  fails("id = 1) OR (true", 'the condition has a ")" without a "("')
  fails({ "id = ANY ($1", { 1 } }, 'the condition has a "(" that is not closed')
  fails("true; DROP TABLE t", "the condition has a semicolon")
  fails({ id = { 1, null } }, 'the list for "id" contains NULL', "id = ANY ($1) OR id IS NULL")
  fails({ doc = { a = 1 } }, 'the condition for "doc" is a table, but not a list', "moonbird.typed")
  expect.fails(function() db:update("t", { name = nil }, "true") end, "update needs at least one column to set",
               "To set NULL, write moonbird.null")
  expect.fails(function() db:update("t", "name = 'x'", "true") end, "table expected")
  expect.fails(function() db:update("t", { "x" }, "true") end, "the keys of a row must be column names")
  expect.fails(function() db:update("t", { name = "x" }, "true", { retuning = "*" }) end, 'unknown option of update "retuning"')
  expect.fails(function() db:delete("t", "true", { on_conflict = "nothing" }) end, 'unknown option of delete "on_conflict"')
  expect.fails(function() db:delete("t", "true", { returning = {} }) end, "returning has no columns")
  for _, where in ipairs { { "id = $1" }, { "id = 1", 5 }, { nmae = 1 }, "id = 1; DELETE FROM t", "id = 1) OR (" } do
    assert(not db:try(db.delete, db, "t", where))
  end
  expect.equal(ids(db), "1 2 3")
end

return function(db)
  db:exec [[CREATE SCHEMA "S2"; CREATE TABLE "S2"."Odd.t" ("o""k" int);
            CREATE TABLE t (id int, name text, kind text, flag bool, doc jsonb, tags text[], n numeric, seen bool);
            INSERT INTO t VALUES (1, 'a', 'x', true, '{"a": 1}', '{p,q}', 0.5), (2, 'b', 'x', false, 'null', '{}', 2),
                                 (3, NULL, 'x', false, NULL, NULL, NULL)]]
  refusals(db)
  conditions(db)
  values(db)
  db:exec 'DROP SCHEMA "S2" CASCADE'
end

-- A zero byte in a name is an error: C would read the name only up to it, and take another object.

local expect = require "expect"

return function(db)
  db:exec "CREATE TABLE part (a int)"
  local name = "part\0y"
  local calls = {
    env = function() return moonbird.env "PATH\0x" end,
    connect = function() return moonbird.connect "other\0x" end,
    ["connect, dbname"] = function() return moonbird.connect("other", { dbname = "x\0y" }) end,
    insert = function() db:insert(name, { a = 1 }) end,
    ["insert, column"] = function() db:insert("part", { ["a\0b"] = 1 }) end,
    ["insert, on_conflict"] = function() db:insert("part", { a = 1 }, { on_conflict = { "a\0b" } }) end,
    ["insert, update"] = function() db:insert("part", { a = 1 }, { on_conflict = { "a", update = { "a\0b" } } }) end,
    ["insert, returning"] = function() db:insert("part", { a = 1 }, { returning = { "a\0b" } }) end,
    copy = function() db:copy(name, { "a" }, { { 1 } }) end,
    ["copy, column"] = function() db:copy("part", { "a\0b" }, { { 1 } }) end,
    with_schema = function() db:with_schema("public\0x", function() end) end,
    set = function() db:set("app.x\0y", 1) end,
    columns = function() return db:columns(name) end,
    step = function() db:step("a\0b", function() end) end,
    escape_identifier = function() return db:escape_identifier "a\0b" end,
    escape_literal = function() return db:escape_literal "a\0b" end,
    exec = function() db:exec "SELECT 1\0 + 1" end,
    query = function() db:query("SELECT 1\0 + 1") end,
    typed = function() return moonbird.typed(1, "int\0x") end,
  }
  for _, what in ipairs { "table", "schema", "extension", "role", "type", "index", "function" } do
    local method = "has_" .. what
    calls[method] = function() return db[method](db, name) end
  end
  for _, what in ipairs { "column", "constraint", "trigger", "enum_value" } do
    local method = "has_" .. what
    calls[method] = function() return db[method](db, name, "a") end
    calls[method .. ", second"] = function() return db[method](db, "part", "a\0b") end
  end
  local wrong = {}
  for what, call in pairs(calls) do
    local ok, err = db:try(call)
    local said = tostring(err)
    if ok or not (said:find "zero byte" or said:find "NUL byte") then wrong[#wrong + 1] = what .. ": " .. said end
  end
  table.sort(wrong)
  expect.equal(table.concat(wrong, "\n"), "")
  expect.equal(db:value "SELECT count(*) FROM part", 0)
end

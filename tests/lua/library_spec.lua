local expect = require "expect"

local function csv()
  local rows = {}
  for row in moonbird.csv "lib/people.csv" do rows[#rows + 1] = row end
  expect.same(rows, { { id = "1", name = 'Ann "A"', n = "1.5" }, { id = "2", name = "two\nlines" }, { id = "3", name = "", n = "-0.25" } })
  rows = {}
  for row in moonbird.csv("lib/people.csv", { header = false, null = "1" }) do rows[#rows + 1] = row end
  expect.same(rows[1], { "id", "name", "n" })
  expect.same(rows[2], { nil, 'Ann "A"', "1.5" })
  expect.equal(#rows, 4)
  local lines = {}
  for _, line in moonbird.csv "lib/people.csv" do lines[#lines + 1] = line end
  expect.same(lines, { 2, 3, 5 })
  expect.fails(function() moonbird.csv "lib/no.csv" end, "lib/no.csv", "No such file")
  expect.fails(function() moonbird.csv "../../../../../../../../../../etc/passwd" end, "outside the project")
  expect.fails(function() moonbird.csv("lib/people.csv", { ";" }) end, "unknown option of csv: the key is a number, not a name")
  expect.fails(function() moonbird.csv("lib/people.csv", { headr = 1 }) end, 'unknown option of csv "headr"', '"header"')
  for _, header in ipairs { "no", 0, { "id", "name" } } do
    expect.fails(function() moonbird.csv("lib/people.csv", { header = header }) end, '"header" must be true or false')
  end
  expect.fails(function() moonbird.csv("lib/people.csv", { delimiter = "ab" }) end, "one character")
  expect.fails(function() for _ in moonbird.csv "lib/uneven.csv" do end end, "lib/uneven.csv:4", "3 instead of 2")
  expect.fails(function() moonbird.csv "lib/blank.csv" end, "lib/blank.csv:1", "the first line is blank", "header = false")
  expect.fails(function() for _ in moonbird.csv("lib/blank.csv", { header = false }) do end end, "lib/blank.csv:2", "2 instead of 1")
  lines = {}
  for row, line in moonbird.csv "lib/single.csv" do lines[#lines + 1] = ("%d:%s"):format(line, row.n) end
  expect.equal(table.concat(lines, " "), "2:1 3:nil 4:3")
  expect.fails(function() moonbird.csv "lib/utf16.csv" end, "lib/utf16.csv:1", "UTF-16", "iconv")
end

-- on_error gets the rows that are wrong; the loop gives the others.
local function csv_rejects()
  local function read(path, on_error)
    local ids = {}
    for row in moonbird.csv(path, { on_error = on_error }) do ids[#ids + 1] = row.id end
    return table.concat(ids, " ")
  end
  local rejects = {}
  local function reject(text, line, why) rejects[#rejects + 1] = { text, line, why } end
  expect.equal(read("lib/rejects.csv", reject), "1 5 6")
  expect.same(rejects, {
    { "2,Bo,x", 3, "the row has the wrong number of fields: 3 instead of 2" },
    { '3,5" pipe', 4, "a quote is inside an unquoted field" },
    { "4", 5, "the row has the wrong number of fields: 1 instead of 2" },
    { "", 8, "the line is blank instead of a row of 2 fields" },
    { '"7"x,y', 10, "unexpected characters after the closing quote of a field" },
    { "8,\xe9", 11, "the record is not UTF-8 (byte 0xe9)" },
    { "", 12, "the line is blank instead of a row of 2 fields" },
  })
  expect.fails(function() read "lib/rejects.csv" end, "lib/rejects.csv:3", "3 instead of 2", "on_error")
  expect.fails(function() read("lib/rejects.csv", function(_, line) error("line " .. line) end) end, "line 3")
  expect.fails(function() read("lib/people.csv", "skip") end, '"on_error" must be a function, not a string')
  local rows
  rows = moonbird.csv("lib/uneven.csv", { on_error = function() rows:close() end })
  while rows() do end
end

local function secrets()
  expect.equal(moonbird.hmac("key", "The quick brown fox jumps over the lazy dog"),
               "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8")
  local key, hex = ("k"):rep(32), ("6b"):rep(32)
  for _, s in ipairs { "", "x", "a\0b", ("long "):rep(10000) } do
    local text = moonbird.encrypt(key, s)
    assert(text:find "^[%w+/]+=*$", text)
    assert(text ~= moonbird.encrypt(key, s))
    expect.equal(moonbird.decrypt(hex, text), s)
  end
  local text = moonbird.encrypt(key, "x")
  expect.fails(function() moonbird.decrypt(("l"):rep(32), text) end, "wrong key, or the string was changed")
  expect.fails(function() moonbird.decrypt(key, "plain") end, "not made by moonbird.encrypt")
  expect.fails(function() moonbird.encrypt("short", "x") end, "32 bytes or 64 hex digits")
end

local function progress()
  local p <close> = moonbird.progress("rows", 10)
  for _ = 1, 10 do p:add() end
  p:done()
  expect.fails(function() p:add(1) end, "it has ended")
end

local function sleep()
  local before = os.time()
  moonbird.sleep(0.01)
  moonbird.sleep(0)
  assert(os.time() - before < 5)
  expect.fails(function() moonbird.sleep(-1) end, "the number of seconds must be 0 or more")
end

local function nothing_is_granted()
  for name, call in pairs { exec = function() moonbird.exec { "true" } end, fs = function() moonbird.write("x", "") end } do
    expect.fails(call, 'library_spec.lua" does not have the grant "' .. name .. '"', "grants =")
  end
  expect.fails(function() moonbird.list "." end, "does not have the grant")
  expect.fails(function() moonbird.remove "x" end, "does not have the grant")
  -- A text cannot pretend to come from a file.
  expect.fails(load("moonbird.exec { 'true' }", "@tests/lua/grants_spec.lua"), "does not have the grant")
end

return function()
  csv()
  csv_rejects()
  secrets()
  progress()
  sleep()
  nothing_is_granted()
end

local expect = require "expect"

local function small_things()
  assert(moonbird.version:match "^%d+%.%d+%.%d+$")
  expect.equal(moonbird.sha256 "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  expect.equal(moonbird.sha256 "\0", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
  local a, b = moonbird.uuid(), moonbird.uuid()
  assert(a ~= b and a:match "^%x+%-%x+%-4%x+%-[89ab]%x+%-%x+$" and #a == 36, a)
  expect.equal(moonbird.env("MOONBIRD_NO_SUCH", "default"), "default")
  expect.equal(moonbird.env "MOONBIRD_NO_SUCH", nil)
  assert(#moonbird.env "PATH" > 0)
  expect.equal(tostring(moonbird.null), "null")
  expect.equal(moonbird.null, moonbird.null)
  expect.equal(tostring(moonbird.decimal "1.10"), "1.10")
  expect.fails(function() moonbird.decimal "1.x" end, "not a decimal number")
  expect.fails(function() moonbird.irreversible "" end, "the reason is empty")
  expect.fails(function() return moonbird.jsn end, 'unknown name in moonbird "jsn"', '"json"')
  expect.fails(function() return moonbird.log.warning end, '"warning"')
end

local function log()
  moonbird.log.debug("%d %s", 1, "x")
  moonbird.log.debug "100 %"
  moonbird.log.debug(nil)
  print("not shown", nil, {})
  expect.fails(function() moonbird.log.debug("%d", "x") end, "number expected")
end

local function read()
  assert(moonbird.read "moonbird_spec.lua":find("small_things", 1, true))
  assert(moonbird.read "../lua/lib/expect.lua":find("expect", 1, true))
  expect.fails(function() moonbird.read "no_such_file" end, "tests/lua/no_such_file: ", "No such file")
  expect.fails(function() moonbird.read "../../../../../../../../../../etc/passwd" end, "outside the project")
  expect.fails(function() moonbird.read "/etc/passwd" end, "outside the project")
  expect.fails(function() moonbird.read "." end, "cannot read the file")
end

-- The system would read the name only up to the zero byte, and open another file.
local function no_zero_bytes(db)
  for _, fn in ipairs { moonbird.read, moonbird.csv, function(path) db:file(path) end } do
    expect.fails(function() fn "moonbird_spec.lua\0.txt" end, "bad argument", "the path contains a zero byte")
  end
end

-- The same holds for read and csv.
local function files_of_sql_elsewhere(db)
  expect.fails(function() db:file "/etc/passwd" end, "outside the project")
  expect.fails(function() db:file "../../../../../../../../../../etc/passwd" end, "outside the project")
end

local function directives_of_files(db)
  expect.fails(function() db:file "lib/alone.sql" end, "tests/lua/lib/alone.sql: ",
    '"transaction=off" has no effect in a file that a script runs', "Set it in the migration")
end

local function files_of_sql(db)
  expect.equal(db:file "lib/two.sql", 3)
  local ok, err = db:try(function() db:file "lib/bad.sql" end)
  expect.equal(ok, false)
  expect.equal(err.file, "tests/lua/lib/bad.sql")
  expect.equal(err.line, 3)
  expect.equal(err.sqlstate, "42703")
  assert(tostring(err):find("tests/lua/lib/bad.sql:3:6: ", 1, true), tostring(err))
end

return function(db)
  small_things()
  log()
  read()
  no_zero_bytes(db)
  files_of_sql_elsewhere(db)
  files_of_sql(db)
  directives_of_files(db)
end

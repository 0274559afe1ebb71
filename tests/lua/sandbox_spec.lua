local expect = require "expect"

local function what_is_there()
  local wanted = { "_G", "_VERSION", "assert", "collectgarbage", "coroutine", "error", "getmetatable", "ipairs", "load", "math",
                   "moonbird", "next", "os", "pairs", "pcall", "print", "rawequal", "rawget", "rawlen", "rawset", "require",
                   "select", "setmetatable", "string", "table", "tonumber", "tostring", "type", "utf8", "warn", "xpcall" }
  local names = {}
  for name in pairs(_G) do names[#names + 1] = name end
  table.sort(names)
  expect.equal(table.concat(names, " "), table.concat(wanted, " "))
  names = {}
  for name in pairs(os) do names[#names + 1] = name end
  table.sort(names)
  expect.equal(table.concat(names, " "), "clock date difftime time")
  expect.equal(rawget(string, "dump"), nil)
end

-- A string has no fields, so a name that is not a method raises an error and is not nil.
local function methods_of_strings()
  expect.fails(function() return ("x"):uper() end, 'unknown method of string "uper"', 'Did you mean "upper"?')
  expect.fails(function() return string.uper "x" end, 'unknown method of string "uper"')
  expect.fails(function() return ("x"):trim() end, 'unknown method of string "trim"', '^%s*(.-)%s*$')
  expect.fails(function() return ("x"):split "," end, "gmatch")
  local _, err = pcall(error, "x", 0)
  expect.same({ err.message or err, err.sqlstate or "no state", err.line or 0, err.cause or 0 }, { "x", "no state", 0, 0 })
end

local function undeclared_globals()
  expect.fails(function() return tabel end, 'variable "tabel" is not defined', 'Did you mean "table"?')
  expect.fails(function() return io end, 'variable "io" is not defined')
  expect.fails(function() debug.getregistry() end, 'variable "debug" is not defined')
  expect.fails(function() return package end, 'variable "package" is not defined')
  expect.equal(rawget(_G, "io"), nil)
  counter = 1
  expect.equal(counter, 1)
  counter = nil
  expect.equal(getmetatable(_G), "protected")
  expect.fails(function() setmetatable(_G, nil) end, "protected")
end

local function require_is_for_the_library()
  expect.equal(require "expect", expect)
  for _, name in ipairs { "debug", "io", "package", "os.execute", "core", "cli", "nothing", "" } do
    expect.fails(function() require(name) end, "does not exist")
  end
  for _, name in ipairs { "../expect", "/etc/passwd", "a/b", "expect\0", "%s" } do
    expect.fails(function() require(name) end, "not a module name")
  end
  expect.fails(function() require "syntax" end, "tests/lua/lib/syntax.lua:3:", "near")
  expect.fails(function() require "itself" end, "requires itself")
end

-- Bytecode can crash the virtual machine: no function loads it.
local function bytecode()
  local code = "\27Lua\x54\0\x19\x93\r\n\x1a\n\4\8\8"
  for _, mode in ipairs { "b", "bt", "t" } do
    local f, why = load(code, "x", mode)
    expect.equal(f, nil)
    assert(why:find("attempt to load a binary chunk", 1, true), why)
  end
  local given
  local f = load(function() local piece = not given and code or nil; given = true; return piece end, "x", "b", {})
  expect.equal(f, nil)
end

local function load_with_an_environment()
  local env = { x = 1 }
  load("x = x + 1; y = _ENV", "chunk", "t", env)()
  expect.equal(env.x, 2)
  expect.equal(env.y, env)
  expect.fails(load("return x", "chunk", "t", nil), "nil")
  expect.equal(load "return math"(), math)
end

local function finalizers()
  expect.fails(function() setmetatable({}, { __gc = function() end }) end, "finalizers")
  expect.fails(function() setmetatable({}, { __gc = true }) end, "finalizers")
  local t <close> = setmetatable({}, { __close = function() end })
  expect.equal(getmetatable(setmetatable({}, { __metatable = 7 })), 7)
  expect.fails(function() collectgarbage "stop" end, "invalid option")
  expect.fails(function() collectgarbage("setpause", 1) end, "invalid option")
  assert(collectgarbage "count" > 0)
  expect.equal(collectgarbage(), 0)
end

local function metatables_of_ours(db)
  for _, value in ipairs { db, moonbird.decimal "1", moonbird.typed(1, "int4"), moonbird.irreversible "no" } do
    expect.equal(getmetatable(value), "protected")
  end
  for _, name in ipairs { "__gc", "__close", "__index", "__metatable" } do
    expect.fails(function() return db[name] end, "unknown method")
  end
  expect.fails(function() db.exec({}, "SELECT 1") end, "\"exec\" is a method of db", "with a colon")
  expect.fails(function() db.exec(moonbird.typed(1, "x"), "SELECT 1") end, "\"exec\" is a method of db", "with a colon")
  for name, call in pairs { exec = function() db.exec "SELECT 1" end, query = function() db.query "SELECT 1" end,
                            has_table = function() db.has_table "t" end, file = function() db.file "x.sql" end } do
    expect.fails(call, ('"%s" is a method of db but was called on a string'):format(name), ("db:%s(...)"):format(name))
  end
  expect.fails(function() db:batch(function(b) b.exec "SELECT 1" end) end, "batch:exec(...)")
  expect.fails(function() for _ in ipairs(db:rows "SELECT 1") do end end, "unknown method of rows")
  expect.fails(function() return moonbird.csv("lib/people.csv").clos end, 'Did you mean "close"?')
  expect.fails(function() moonbird.log.info() end, "'info'")
  local _, rows = db:rows "SELECT 1"
  expect.equal(getmetatable(rows), "protected")
  rows:close()
  rows:close()
end

local function deep_recursion(db)
  local function down(n) return 1 + down(n + 1) end
  expect.fails(function() down(1) end, "stack overflow")
  local function calls(n) return tostring(setmetatable({}, { __tostring = function() return calls(n + 1) end })) end
  expect.fails(function() calls(1) end, "overflow")
  local function tries(n) local ok, err = db:try(tries, n + 1); error(err) end
  assert(not db:try(tries, 1))
  expect.equal(db:value "SELECT 1", 1)
  expect.fails(function() string.rep("(", 1000):gsub(string.rep("(", 1000), "") end, "")
  expect.fails(function() load(("("):rep(100000) .. "1")() end, "")
end

local function memory(db)
  expect.fails(function() return ("x"):rep(1 << 30) end, "not enough memory")
  expect.fails(function() local t = {}; for i = 1, 1e9 do t[i] = i end end, "not enough memory")
  expect.fails(function() local s = "x"; while true do s = s .. s end end, "not enough memory")
  expect.fails(function() db:query "SELECT repeat('x', 1000) || i AS x FROM generate_series(1, 60000) i" end, "not enough memory")
  expect.fails(function() return ("x"):rep(1e7):gsub("x", "xxxxxxxxxx") end, "not enough memory")
  collectgarbage()
  assert(collectgarbage "count" < 8 * 1024)
  expect.equal(db:value "SELECT 1", 1)
end

local function error_values(db)
  local mine = setmetatable({}, { __tostring = function() return "mine" end })
  for _, v in ipairs { mine, 7, "text", true } do
    local _, got = pcall(error, v, 0)
    expect.equal(got, v)
    _, got = db:try(function() error(v, 0) end)
    expect.equal(got, v)
  end
  expect.equal(select("#", pcall(error)), 2)
  expect.same({ pcall(function(...) return ... end, 1, nil, 3) }, { true, 1, nil, 3 })
  expect.same({ xpcall(function(a) error(a, 0) end, function(e) return e .. "!" end, "x") }, { false, "x!" })
  expect.same({ xpcall(function(...) return ... end, print, 1, 2) }, { true, 1, 2 })
  local co = coroutine.wrap(function() return pcall(function() coroutine.yield(1); error("late", 0) end) end)
  expect.equal(co(), 1)
  expect.same({ co() }, { false, "late" })
  local ok, err = coroutine.resume(coroutine.create(function() error("c", 0) end))
  expect.same({ ok, err }, { false, "c" })
end

return function(db)
  what_is_there()
  methods_of_strings()
  undeclared_globals()
  require_is_for_the_library()
  bytecode()
  load_with_an_environment()
  finalizers()
  metatables_of_ours(db)
  deep_recursion(db)
  memory(db)
  error_values(db)
end

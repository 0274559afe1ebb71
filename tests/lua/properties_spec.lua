-- Random values of each type come back unchanged, for each way to write and each way to read them.
local expect = require "expect"
local null = moonbird.null

local seed = os.time()
math.randomseed(seed)
local random = math.random

local function bytes(n)
  local t = {}
  for i = 1, n do t[i] = string.char(random(0, 255)) end
  return table.concat(t)
end

local function one_of(list) return list[random(#list)] end

-- At most 12 parts of at most 4 characters.
local function text()
  local t = {}
  for i = 1, random(0, 12) do
    t[i] = random(4) == 1 and one_of { "\\", '"', "'", ",", "{", "}", "NULL", "\n", "\t", "\r", " ", "\\N", "(", ")" }
      or utf8.char(one_of { random(1, 127), random(128, 0x7FF), random(0xE000, 0xFFFF), random(0x10000, 0x10FFFF) })
  end
  return table.concat(t)
end

local function digits(n)
  local t = { tostring(random(1, 9)) }
  for i = 2, n do t[i] = tostring(random(0, 9)) end
  return table.concat(t)
end

local function float()
  local kind = random(5)
  if kind == 1 then return random(-1000000, 1000000) / one_of { 1, 10, 100, 1000, 10000, 3, 7 } end
  if kind == 2 then return one_of { 0.0, 1e300, -1e-300, 5e-324, 2.0 ^ 53, 0.1, 1e15, 123456789.12345, math.huge, -math.huge } end
  local x = string.unpack("d", bytes(8))
  return x == x and x or 0.5
end

local function number_text() return digits(random(1, 30)) .. (random(2) == 1 and "." .. digits(random(1, 20)) or "") end

local function json(depth)
  local kind = random(depth > 0 and 8 or 6)
  if kind == 1 then return null end
  if kind == 2 then return random(2) == 1 end
  if kind == 3 then return random(math.mininteger, math.maxinteger) end
  if kind == 4 then local x = random(-100000, 100000) / 8 return x == math.floor(x) and math.tointeger(x) or x end
  if kind == 5 then return moonbird.decimal("1" .. digits(25) .. ".5") end
  if kind == 6 then return text() end
  local t = kind == 7 and moonbird.json.array() or moonbird.json.object()
  for i = 1, random(0, 4) do t[kind == 7 and i or text()] = json(depth - 1) end
  return t
end

local function date() return ("%04d-%02d-%02d"):format(random(1, 9999), random(1, 12), random(1, 28)) end
local function clock() return ("%02d:%02d:%02d.%06d"):format(random(0, 23), random(0, 59), random(0, 59), random(1, 99) * 10000 + 1) end

local function array(element, depth)
  return function()
    local sizes = {}
    for i = 1, random(depth) do sizes[i] = random(1, 3) end
    local function make(level)
      local t = {}
      for i = 1, sizes[level] do
        if sizes[level + 1] then t[i] = make(level + 1) else t[i] = random(5) == 1 and null or element() end
      end
      return t
    end
    return random(8) == 1 and {} or make(1)
  end
end

local function bool() return random(2) == 1 end
local function int8() return random(math.mininteger, math.maxinteger) end
local function blob() return bytes(random(0, 40)) end
local function document() local t = moonbird.json.object() t[text()] = json(3) return t end

local types = {
  int2 = function() return random(-32768, 32767) end,
  int4 = function() return random(-2147483648, 2147483647) end,
  int8 = int8,
  oid = function() return random(0, 4294967295) end,
  float4 = function() return random(-99999, 99999) / 100 end, -- six digits come back
  float8 = float,
  bool = bool,
  numeric = number_text,
  money = function() return ("$%d.%02d"):format(random(1, 999), random(0, 99)) end,
  text = text,
  ["varchar(48)"] = text,
  uuid = moonbird.uuid,
  date = date,
  time = clock,
  timestamp = function() return date() .. " " .. clock() end,
  timestamptz = function() return date() .. " " .. clock() .. "+00" end,
  interval = function() return ("%d days %s"):format(random(2, 900), clock()) end,
  inet = function() return ("%d.%d.%d.%d"):format(random(0, 255), random(0, 255), random(0, 255), random(0, 255)) end,
  bytea = blob,
  json = document,
  jsonb = document,
  int4range = function() local a = random(1, 1000) return ("[%d,%d)"):format(a, a + random(1, 10)) end,
  mood = function() return one_of { "sad", "o'k \"\\", "so, so" } end,
  ["int8[]"] = array(int8, 3),
  ["text[]"] = array(text, 3),
  ["float8[]"] = array(float, 2),
  ["bool[]"] = array(bool, 3),
  ["numeric[]"] = array(number_text, 2),
  ["bytea[]"] = array(blob, 2),
  ["jsonb[]"] = array(document, 1),
  ["timestamptz[]"] = array(function() return date() .. " " .. clock() .. "+00" end, 2),
  ["mood[]"] = array(function() return one_of { "sad", "o'k \"\\", "so, so" } end, 2),
}

-- Like expect.same, but compares decimals by their text.
local function same(got, wanted, what)
  if type(wanted) == "table" then
    assert(type(got) == "table", what)
    for k, v in pairs(wanted) do same(got[k], v, what) end
    for k in pairs(got) do assert(wanted[k] ~= nil, what) end
  elseif type(wanted) == "userdata" then
    assert(tostring(got) == tostring(wanted), what)
  else
    expect.equal(got, wanted, what)
  end
end

local ways_in = {
  function(db, t, values)
    for i, v in ipairs(values) do db:exec(("INSERT INTO p VALUES ($1, $2::%s)"):format(t), i, v) end
  end,
  function(db, _, values)
    local rows = {}
    for i, v in ipairs(values) do rows[i] = { i = i, v = v } end
    db:insert("p", rows)
  end,
  function(db, _, values)
    local i = 0
    db:copy("p", { "i", "v" }, function() i = i + 1 return values[i] ~= nil and { i, values[i] } or nil end)
  end,
  function(db, t, values)
    db:batch(function(b) for i, v in ipairs(values) do b:exec(("INSERT INTO p VALUES ($1, $2::%s)"):format(t), i, v) end end)
  end,
}

return function(db)
  db:exec [[CREATE TYPE mood AS ENUM ('sad', 'o''k "\', 'so, so')]]
  for name, make in pairs(types) do
    local values = {}
    for i = 1, 30 do values[i] = make() end
    for way, put in ipairs(ways_in) do
      db:exec(("CREATE TABLE p (i int, v %s)"):format(name))
      put(db, name, values)
      local n = 0
      for row in db:rows "SELECT i, v FROM p ORDER BY i" do
        n = n + 1
        same(row.v, values[row.i], ("%s, way %d, seed %d"):format(name, way, seed))
      end
      expect.equal(n, #values)
      same(db:value "SELECT v FROM p WHERE i = 1", values[1], name)
      db:exec "DROP TABLE p"
    end
  end
end

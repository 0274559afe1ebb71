-- moonbird.decimal compares and calculates exactly, as the type numeric does.
local expect = require "expect"
local D = moonbird.decimal

local function shown(value, wanted)
  expect.equal(type(value), "userdata")
  expect.equal(tostring(value), wanted)
end

local function made()
  for value, text in pairs { ["1.10"] = "1.10", [5] = "5", [math.mininteger] = "-9223372036854775808", [0.1] = "0.1", [-2.5] = "-2.5",
                             [1e300] = "1e+300", [2^53 + 0.0] = "9007199254740992", ["-0.0e5"] = "-0.0e5", [D "7"] = "7",
                             [".5"] = "0.5", ["+5"] = "5", ["-.5e2"] = "-0.5e2", ["+.5"] = "0.5" } do
    shown(D(value), text)
  end
  for value, what in pairs { ["1.x"] = "this string", [""] = "this string", ["1\0"] = "this string", [" 1"] = "this string", ["+-1"] = "this string", ["+"] = "this string", ["."] = "this string", [".5\0"] = "this string", NaN = "this string",
                             [1 / 0] = "infinity or NaN", [true] = "boolean", [{}] = "table", [moonbird.null] = "null" } do
    expect.fails(function() D(value) end, "not a decimal number: " .. what)
  end
  expect.fails(function() D(nil) end, "not a decimal number: nil")
  expect.fails(function() D() end, "value expected")
  expect.fails(function() D(0 / 0) end, "infinity or NaN")
end

local function calculated()
  shown(D "0.10" + D "0.2", "0.30")
  shown(D "0.1" + 0.2, "0.3")
  shown(1 + D "9223372036854775807", "9223372036854775808")
  shown("1.50" - D "1", "0.50")
  shown(D "1" - "1.50", "-0.50")
  shown(3 * D "0.10", "0.30")
  shown(-D "0.10", "-0.10")
  shown(- -D "0.10", "0.10")
  shown(-D "0.00", "0.00")
  expect.equal("sum: " .. D "0.10" .. ", " .. D "2", "sum: 0.10, 2")
  local sum = D(0)
  for _ = 1, 1000 do sum = sum + 0.1 end
  assert(sum == D(100))
end

local function compared()
  assert(D "1.0" == D "1.00" and D "1.0" ~= D "1.01" and D(0) == D "-0.0" and D "1e3" == D(1000))
  assert(D "1" ~= 1 and D "1" ~= "1" and D "1" ~= moonbird.typed("1", "numeric"))
  assert(D "9007199254740993" > 9007199254740992 and D "9007199254740993" > 2^53 and not (D "9007199254740993" > 9007199254740993))
  assert(3 < D "3.01" and "3.01" <= D "3.01" and D "3.01" >= "3.010" and D "-2" < -1.5 and not ("3.01" < D "3.01"))
  local huge = "0." .. ("3"):rep(3000)
  assert(D(huge) == D(huge) and D(huge) < D(huge .. "1") and D "1e999999" > D "1e999998")
  assert(D "1e99999999999" == D "1e99999999999")
end

local function rounded()
  shown(D "2.5":round(), "3")
  shown(D "2.675":round(2), "2.68")
  shown(D "2.665":round(2, "half_even"), "2.66")
  shown(D "-2.679":round(2, "trunc"), "-2.67")
  shown((D "19.99" * 100):round(), "1999")
  expect.fails(function() D(1):round(-1) end, "from 0 to 1000")
  expect.fails(function() D(1):round(0, "half_eve") end, 'unknown rounding "half_eve"', 'Did you mean "half_even"?')
  expect.fails(function() D(1).round(1) end, "called on a number")
end

local function refused()
  for _, fn in ipairs { function(a, b) return a / b end, function(a, b) return a // b end, function(a, b) return a % b end,
                        function(a, b) return a ^ b end } do
    for _, other in ipairs { 2, "2", D(2) } do
      expect.fails(function() fn(D(6), other) end, "can only be added, subtracted, multiplied and compared", "round($1::numeric / $2, 2)")
      expect.fails(function() fn(other, D(6)) end, "can only be added, subtracted, multiplied and compared")
    end
  end
  for _, other in ipairs { true, {}, "x", "", moonbird.null, 1 / 0, print } do
    for _, fn in ipairs { function(a, b) return a + b end, function(a, b) return a * b end, function(a, b) return a < b end } do
      expect.fails(function() fn(D(6), other) end, "not a decimal number")
      expect.fails(function() fn(other, D(6)) end, other == moonbird.null and "the value is NULL" or "not a decimal number")
    end
  end
  expect.fails(function() return D(6) + nil end, "not a decimal number: nil")
  expect.fails(function() return D "1e1000" + 1 end, "more than 1000 digits", "Calculate it in SQL, as numeric.")
  expect.fails(function() return D "1e99999999999" < D "1" end, "more than 1000 digits")
end

-- The server calculates the same, digit by digit.
local function as_the_server(db)
  math.randomseed(7)
  local function number()
    local text = ("%d"):format(math.random(-10^math.random(0, 15) // 1, 10^math.random(0, 15) // 1))
    local places = math.random(0, 9)
    return places == 0 and text or text .. "." .. ("%09d"):format(math.random(0, 999999999)):sub(1, places)
  end
  for _ = 1, 200 do
    local a, b = number(), number()
    local wanted = db:row("SELECT $1::numeric + $2::numeric AS sum, $1::numeric - $2::numeric AS rest, $1::numeric * $2::numeric AS product, "
                          .. "$1::numeric < $2::numeric AS less", a, b)
    shown(D(a) + b, wanted.sum)
    shown(a - D(b), wanted.rest)
    shown(D(a) * D(b), wanted.product)
    expect.equal(D(a) < D(b), wanted.less)
  end
  expect.equal(db:value("SELECT $1::numeric + 1", D "0.10" * 2), "1.20")
  assert(D(db:value "SELECT sum(n) FROM generate_series(1, 2::bigint) n") == D(3))
end

return function(db)
  made()
  calculated()
  rounded()
  compared()
  refused()
  as_the_server(db)
end

local expect = require "expect"

local function programs()
  expect.same({ moonbird.exec({ "sh", "-c", "cat; echo err >&2; exit 3" }, { stdin = "in\0put" }) }, { 3, "in\0put", "err\n" })
  local status, out = moonbird.exec({ "cat" }, { stdin = ("x"):rep(1000000) })
  expect.equal(status, 0)
  expect.equal(#out, 1000000)
  expect.equal(moonbird.exec({ "true" }, { stdin = ("x"):rep(1000000) }), 0)
  expect.equal(select(2, moonbird.exec { "echo", "$HOME;", "a b", 7 }), "$HOME; a b 7\n")
  expect.equal(moonbird.exec { "sh", "-c", "kill -9 $$" }, 137)
  expect.fails(function() moonbird.exec { "no-such-program" } end, 'cannot start the program "no-such-program"')
  expect.fails(function() moonbird.exec { "./no-such-program" } end, "No such file")
  expect.fails(function() moonbird.exec {} end, "the program is missing")
  expect.fails(function() moonbird.exec { "cat", stdin = "x" } end, "must be 1 to n")
  expect.fails(function() moonbird.exec { "a\0b" } end, "zero byte")
  local endless = setmetatable({}, { __len = function() return 1 << 61 end })
  expect.fails(function() moonbird.exec(endless) end, "the program is missing")
end

local function files()
  local folder = "../../build/granted"
  moonbird.write(folder .. "/a/b.txt", "one")
  moonbird.write(folder .. "/a/b.txt", "two\0")
  moonbird.write(folder .. "/a/a.txt", "")
  expect.equal(moonbird.read(folder .. "/a/b.txt"), "two\0")
  expect.same(moonbird.list(folder .. "/a"), { "a.txt", "b.txt" })
  expect.equal(moonbird.remove(folder .. "/a/b.txt"), true)
  expect.equal(moonbird.remove(folder .. "/a/b.txt"), false)
  expect.equal(moonbird.remove(folder .. "/nowhere/b.txt"), false)
  expect.equal(moonbird.remove(folder .. "/a/a.txt"), true)
  expect.fails(function() moonbird.remove(folder) end, "is a folder")
  expect.fails(function() moonbird.remove(folder .. "/" .. ("x"):rep(300)) end, "cannot remove the file: File name too long")
  for _, fn in ipairs { moonbird.write, moonbird.list, moonbird.remove } do
    expect.fails(function() fn(folder .. "\0x", "") end, "the path contains a zero byte")
  end
end

-- Links and ".." can lead out of the project; a write through them is refused.
local function nothing_outside()
  local folder = "../../build/granted"
  moonbird.write(folder .. "/keep", "")
  moonbird.exec { "ln", "-sfn", "/tmp", "build/granted/out" }
  moonbird.exec { "ln", "-sfn", "/tmp/moonbird-granted-target", "build/granted/link" }
  for _, path in ipairs { "../../../x", "/tmp/moonbird-granted", folder .. "/out/x", folder .. "/out/y/z",
                          folder .. "/nowhere/../../../../x", folder .. "/..", folder .. "/" } do
    expect.fails(function() moonbird.write(path, "x") end, "")
  end
  expect.fails(function() moonbird.list "../../.." end, "outside the project")
  expect.fails(function() moonbird.list(folder .. "/out") end, "outside the project")
  expect.fails(function() moonbird.remove(folder .. "/out/x") end, "outside the project")
  -- A link is replaced, not followed.
  moonbird.write(folder .. "/link", "x")
  expect.equal(moonbird.exec { "test", "-e", "/tmp/moonbird-granted-target" }, 1)
  expect.equal(moonbird.read(folder .. "/link"), "x")
end

return function()
  programs()
  files()
  nothing_outside()
  moonbird.exec { "rm", "-r", "build/granted" }
end

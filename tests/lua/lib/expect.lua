-- The checks of errors and of values that the specs share.
local expect = {}

-- Calls fn, which must raise an error whose text contains each of the words.  Returns the error.
function expect.fails(fn, ...)
  local ok, err = pcall(fn)
  assert(not ok, "no error was raised")
  for _, word in ipairs { ... } do
    assert(tostring(err):find(word, 1, true), ("no %q in: %s"):format(word, tostring(err)))
  end
  return err
end

function expect.equal(got, wanted, what)
  if got ~= wanted or math.type(got) ~= math.type(wanted) then
    error(("%s: got %s (%s), wanted %s"):format(what or "value", tostring(got),
          math.type(got) or type(got), tostring(wanted)), 2)
  end
end

-- Compares tables by their content, and numbers also by their subtype.
function expect.same(got, wanted, what)
  what = what or "value"
  if type(wanted) ~= "table" then return expect.equal(got, wanted, what) end
  assert(type(got) == "table", what .. " is no table")
  for k, v in pairs(wanted) do expect.same(got[k], v, what .. "." .. tostring(k)) end
  for k in pairs(got) do
    if wanted[k] == nil then error(what .. " has a further key " .. tostring(k), 2) end
  end
end

return expect

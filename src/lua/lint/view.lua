-- view.lua: read-only views of tables, for the project's own rules: what a rule changed would mislead the rules after it.
--
-- A view of a table gives views of the tables and functions in it.  A function of a view gets the tables themselves, so that
-- the methods of ctx work as usual, and gives views of its results.

local view = {}
local views = setmetatable({}, { __mode = "k" })     -- a table or function → its view
local originals = setmetatable({}, { __mode = "k" }) -- a view → its table or function
local meta = { __metatable = false }

-- What a rule passes to a method is a view, or a table of its own with views in it.
local function original(value)
  if originals[value] ~= nil then return originals[value] end
  if type(value) ~= "table" then return value end
  local copy = {}
  for key, each in pairs(value) do
    if originals[each] == nil then copy[key] = each else copy[key] = originals[each] end
  end
  return setmetatable(copy, getmetatable(value) or nil)
end

local function all(convert, ...)
  local values = table.pack(...)
  for i = 1, values.n do values[i] = values[i] ~= nil and convert(values[i]) or values[i] end
  return table.unpack(values, 1, values.n)
end

local function of_function(call)
  return function(...) return all(view.of, call(all(original, ...))) end
end

-- The view of a value; other values than tables and functions are what they are.
function view.of(value)
  local kind = type(value)
  if kind ~= "table" and kind ~= "function" or originals[value] ~= nil then return value end
  if not views[value] then
    local made = kind == "table" and setmetatable({}, meta) or of_function(value)
    views[value], originals[made] = made, value
  end
  return views[value]
end

function meta:__index(key) return view.of(originals[self][key]) end

function meta:__newindex(key)
  error(("a rule must not change what it is given: \"%s\""):format(tostring(key)), 2)
end

function meta:__len() return #originals[self] end

function meta:__next(key)
  local found, value = next(originals[self], key)
  return found, view.of(value)
end

function meta:__pairs() return meta.__next, self end

return view

-- inspect.lua: a Lua value as readable text, in Lua's own syntax if possible.

local WIDTH, DEEPEST = 78, 6

local function by_kind_and_name(a, b)
  if type(a) == type(b) and (type(a) == "number" or type(a) == "string") then return a < b end
  return type(a) < type(b)
end

local function sorted_keys(t)
  local keys = {}
  for key in next, t do keys[#keys + 1] = key end
  table.sort(keys, by_kind_and_name)
  return keys
end

local inspect

local function shown_key(key)
  if type(key) == "string" and key:find "^[%a_][%w_]*$" then return key end
  return "[" .. inspect(key, "", DEEPEST) .. "]"
end

-- The values of an array are shown without their keys.
local function entries(t, indent, depth)
  local list, n = {}, 0
  while rawget(t, n + 1) ~= nil do
    n = n + 1
    list[n] = inspect(t[n], indent, depth)
  end
  for _, key in ipairs(sorted_keys(t)) do
    local known = math.type(key) == "integer" and key >= 1 and key <= n
    if not known then
      list[#list + 1] = shown_key(key) .. " = " .. inspect(rawget(t, key), indent, depth)
    end
  end
  return list
end

local function inspect_table(t, indent, depth)
  if next(t) == nil then return "{}" end
  if depth >= DEEPEST then return "{ ... }" end
  local inner = indent .. "  "
  local list = entries(t, inner, depth + 1)
  local line = "{ " .. table.concat(list, ", ") .. " }"
  if #indent + #line <= WIDTH and not line:find "\n" then return line end
  return "{\n" .. inner .. table.concat(list, ",\n" .. inner) .. ",\n" .. indent .. "}"
end

local function has_tostring(value)
  local meta = getmetatable(value)
  return type(meta) == "table" and rawget(meta, "__tostring") or meta == "protected"
end

function inspect(value, indent, depth)
  if type(value) == "string" then return (("%q"):format(value):gsub("\\\n", "\\n")) end
  if type(value) ~= "table" then return tostring(value) end
  return inspect_table(value, indent, depth)
end

-- A string is shown unquoted, and a value with __tostring, such as an error, by its text.
return function(value)
  if type(value) == "string" or (type(value) == "table" and has_tostring(value)) then return tostring(value) end
  return inspect(value, "", 0)
end

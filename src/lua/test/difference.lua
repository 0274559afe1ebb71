-- difference.lua: describes the differences between two values.

local difference = {}

local most = 12   -- lines
local width = 200 -- characters of a value

local function is_name(key)
  return type(key) == "string" and key:find "^[%a_][%w_]*$"
end

-- Numbers before texts, each in order.
local function sorted_keys(...)
  local keys, seen = {}, {}
  for _, t in ipairs { ... } do
    for key in pairs(t) do
      if not seen[key] then
        keys[#keys + 1], seen[key] = key, true
      end
    end
  end
  table.sort(keys, function(a, b)
    if type(a) == type(b) and type(a) ~= "boolean" then return a < b end
    return type(a) < type(b)
  end)
  return keys
end

local show

local function show_table(t, depth)
  if depth > 4 then return "{ … }" end
  local parts = {}
  for _, key in ipairs(sorted_keys(t)) do
    local value = show(t[key], depth + 1)
    if math.type(key) == "integer" and key >= 1 and key <= #t then
      parts[#parts + 1] = value
    else
      parts[#parts + 1] = (is_name(key) and key or "[" .. show(key) .. "]") .. " = " .. value
    end
  end
  return #parts == 0 and "{}" or "{ " .. table.concat(parts, ", ") .. " }"
end

-- The value on one line, shortened to `width`.
function show(value, depth)
  local text
  if type(value) == "string" then
    text = '"' .. value:gsub('[%c"\\]', { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t" }) .. '"'
  elseif value == moonbird.null then
    text = "null"
  elseif type(value) == "table" then
    text = show_table(value, depth or 0)
  else
    text = tostring(value)
  end
  if utf8.len(text) and utf8.len(text) > width then
    return text:sub(1, utf8.offset(text, width) - 1) .. "…"
  end
  return text
end

local function add_missing(list, path, got, wanted)
  if got == nil then
    list[#list + 1] = ("%s: missing, wanted %s"):format(path, show(wanted))
  else
    list[#list + 1] = ("%s: got %s, wanted nothing"):format(path, show(got))
  end
end

local compare

local function compare_tables(list, path, got, wanted)
  for _, key in ipairs(sorted_keys(got, wanted)) do
    local at = is_name(key) and path .. "." .. key or ("%s[%s]"):format(path, show(key))
    compare(list, at, rawget(got, key), rawget(wanted, key))
  end
end

function compare(list, path, got, wanted)
  if got == wanted then return end
  if type(got) == "table" and type(wanted) == "table" then
    compare_tables(list, path, got, wanted)
  elseif path ~= "" and (got == nil or wanted == nil) then
    add_missing(list, path, got, wanted)
  else
    local shown, sought = show(got), show(wanted)
    if shown == sought then
      shown, sought = shown .. " (" .. type(got) .. ")", sought .. " (" .. type(wanted) .. ")"
    end
    list[#list + 1] = ("%sgot %s, wanted %s"):format(path ~= "" and path .. ": " or "", shown, sought)
  end
end

-- The first lines of the difference; none if the two values are equal.
function difference.between(got, wanted)
  local list = {}
  compare(list, "", got, wanted)
  return difference.first(list)
end

function difference.first(list)
  if #list <= most then return list end
  local rest = #list - most + 1
  list = table.move(list, 1, most - 1, 1, {})
  list[most] = ("… and %d more"):format(rest)
  return list
end

difference.show = show

return difference

-- complete.lua: completions of the word before the cursor.

local complete = {}

local lua_words = {
  "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local",
  "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
}

local dot_commands = { ".databases", ".describe", ".expanded", ".help", ".quit", ".sql", ".tables", ".timing" }

local function starting(list, with, front)
  local seen, found = {}, {}
  for _, word in ipairs(list) do
    if word:sub(1, #with) == with and not seen[word] then
      seen[word] = true
      found[#found + 1] = (front or "") .. word
    end
  end
  table.sort(found)
  return found
end

-- The value of a.b.c, found without running its metamethods.
local function look_up(env, path)
  local value = env
  for name in path:gmatch "[%a_][%w_]*" do
    if type(value) ~= "table" then return nil end
    local inner = rawget(value, name)
    if inner == nil and value == env then inner = rawget(_G, name) end
    value = inner
  end
  return value
end

local function globals(env)
  local list = table.move(lua_words, 1, #lua_words, 1, {})
  for _, t in ipairs { env, _G } do
    for name in next, t do list[#list + 1] = name end
  end
  return list
end

local function tables_and_columns(names)
  local list = {}
  for name, columns in pairs(names) do
    list[#list + 1] = name
    for _, column in ipairs(columns) do list[#list + 1] = column end
  end
  return list
end

-- After a table, its columns; after a schema, its tables.
local function after_dot(names, path, word)
  if names[path] then return starting(names[path], word) end
  local list = {}
  for name in pairs(names) do
    local schema, rest = name:match "^(.-)%.(.+)$"
    if schema == path then list[#list + 1] = rest end
  end
  return starting(list, word)
end

local function member(text, env, members, names)
  local path, word = text:match "([%a_][%w_.]*)[.:]([%w_]*)$"
  if not path then return nil end
  local value = look_up(env, path)
  local found = value ~= nil and starting(members(value), word) or after_dot(names, path, word)
  return found, #word
end

-- The words that complete the end of `text`, and how many of their bytes are typed already.  `members(value)` are
-- the names that can follow a value; `names` are those of the database: table -> columns.
function complete.complete(text, env, members, names)
  local dotted = text:match "^%s*(%.%a*)$"
  if dotted then return starting(dot_commands, dotted), #dotted end
  local table_name = text:match "^%s*%.describe%s+(%S*)$" or text:match "^%s*\\d[t+]?%s+(%S*)$"
  if table_name then
    local list = {}
    for name in pairs(names) do list[#list + 1] = name end
    return starting(list, table_name), #table_name
  end
  local found, typed = member(text, env, members, names)
  if found then return found, typed end
  local word = text:match "[%a_][%w_]*$"
  if not word then return {}, 0 end
  local list = globals(env)
  local more = tables_and_columns(names)
  return starting(table.move(more, 1, #more, #list + 1, list), word), #word
end

-- An input with one of these words is not saved in the history of inputs, because others could read that file.
local secret = { "password", "passwd", "secret", "token", "credential", "encrypt", "decrypt", "hmac", "api_?key",
                 "://[^/%s]*:[^/%s]*@" }

function complete.tells_secret(text)
  local lower = text:lower()
  for _, pattern in ipairs(secret) do
    if lower:find(pattern) then return true end
  end
  return text:find "^%s" ~= nil
end

return complete

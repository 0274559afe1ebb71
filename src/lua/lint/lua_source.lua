-- lua_source.lua: the SQL that a Lua migration passes to db as a literal.
--
-- Lint reads the file and does not run it, so it does not see SQL that the script builds when it runs.  The rollback is left
-- out, as that of an SQL migration is.

local calls = { exec = true, query = true, row = true, rows = true, value = true, column = true, step = true, exists = true }

-- The end of a literal that begins at `at`, its text, and where the text begins; nil if there is no literal.
local function literal(text, at)
  local level = text:match("^%[(=*)%[", at)
  if level then
    local from = at + #level + 2
    local to = text:find("]" .. level .. "]", from, true)
    if not to then return nil end
    local first = text:sub(from, from) == "\n" and from + 1 or from
    return to + #level + 2, text:sub(first, to - 1), first
  end
  local quote = text:match("^[\"']", at)
  if not quote then return nil end
  local i = at + 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == "\\" or c == "\n" then return nil end -- an escape: its columns are not those of the SQL
    if c == quote then return i + 1, text:sub(at + 1, i - 1), at + 1 end
    i = i + 1
  end
end

-- The end of a comment that begins at `at`, or nil.
local function comment(text, at)
  if text:sub(at, at + 1) ~= "--" then return nil end
  local level = text:match("^%-%-%[(=*)%[", at)
  local _, to
  if level then _, to = text:find("]" .. level .. "]", at, true)
  else to = text:find("\n", at, true) end
  return (to or #text) + 1
end

-- The first literal in the arguments of a call that begin at `at`: text and where it begins; the name of a step is passed over.
local function argument(text, at, step)
  at = text:match("^%s*%(?%s*()", at)
  local to, sql, from = literal(text, at)
  if to and step then
    at = text:match("^%s*,%s*()", to)
    if not at then return nil end
    to, sql, from = literal(text, at)
  end
  if not to or text:match("^%s*%.%.", to) then return nil end
  return sql, from
end

local function place(text, at)
  local before = text:sub(1, at - 1)
  local _, lines = before:gsub("\n", "")
  return lines + 1, #before:match "([^\n]*)$" + 1
end

local opens = { ["function"] = true, ["do"] = true, ["if"] = true }

-- The end of the function whose keyword ends before `at`.
local function function_end(text, at)
  local depth = 1
  while depth > 0 and at <= #text do
    local word, after = text:match("^([%a_][%w_]*)()", at)
    if opens[word] then depth = depth + 1 end
    if word == "end" then depth = depth - 1 end
    at = comment(text, at) or (literal(text, at)) or after or at + 1
  end
  return at
end

-- The end of the function `down` that begins at `at`, or nil.
local function rollback(text, at)
  if text:find("^[%w_]", at - 1) then return nil end
  local body = text:match("^down%s*=%s*function()", at) or text:match("^function%s+[%w_.]*%f[%w_]down%s*()%(", at)
  return body and function_end(text, body)
end

-- The statements of literals, in the order of the file, each with its place in the file.
return function(text, path)
  local list, at = {}, 1
  while at <= #text do
    local skip = comment(text, at) or (literal(text, at)) or rollback(text, at)
    local name, after = text:match("^:(%a[%w_]*)()", at)
    if calls[name] then
      local sql, from = argument(text, after, name == "step")
      local ok, found = pcall(moonbird.statements, sql or "", path)
      local line, column = place(text, from or 1)
      for _, statement in ipairs(ok and found or {}) do
        if statement.line == 1 then statement.column = statement.column + column - 1 end
        statement.line = statement.line + line - 1
        list[#list + 1] = statement
      end
      skip = after
    end
    at = skip or at + 1
  end
  return list
end

-- parse_input.lua: is an input Lua, SQL, a command with a dot or one of psql? And is it complete?

-- The words that SQL statements begin with.
local verbs = {}
for verb in ([[alter analyze call checkpoint close cluster comment copy create deallocate declare delete discard
    drop execute explain fetch grant import insert listen load lock merge move notify prepare reassign refresh
    reindex release reset revoke savepoint security select set show table truncate unlisten update vacuum
    values with abort begin start commit rollback]]):gmatch "%a+" do
  verbs[verb] = true
end

local function compile(console, text)
  local chunk = console.input:compile("return " .. text, console.first, console.env)
  if chunk then return chunk end
  return console.input:compile(text, console.first, console.env)
end

-- Lua never begins like this: with an SQL comment, with DO and its code, or with a Lua keyword in capitals.
local function is_never_lua(text)
  return text:find "^%s*/%*" or text:find "^%s*[Dd][Oo]%s*[$']" or text:find "^%s*DO%f[%s;\0]"
    or text:find "^%s*END%s*;?%s*$"
end

-- A verb in capitals begins SQL.  Otherwise it does if the text is not Lua, even with further lines, or if it is
-- Lua only by chance (select 'a'; is a call).
local function is_sql(text, chunk, why)
  if is_never_lua(text) then return true end
  local verb = text:match "^[%s(]*(%a+)%f[%s;(*'$\0]"
  if not verb or not rawget(verbs, verb:lower()) then return false end
  if chunk then return verb == verb:upper() or text:find "^%s*%a+%s+[^=,%s].*;%s*$" ~= nil end
  return verb == verb:upper() or not why:find "<eof>$"
end

-- Returns "word", mark, word, rest; "sql", text; "lua", chunk; or "wrong", why.  nil: the input is incomplete, which
-- is possible only before it has `ended`.
return function(console, text, ended)
  local mark, word, rest = text:match "^%s*([.\\])([%a?+]*)%s*(.-)%s*;?$"
  local sql = text:match "^%s*sql%s+(%S.*)$" or mark == "." and word == "sql" and rest
  if mark and not sql then return "word", mark, word, rest end
  local chunk, why
  if not sql then chunk, why = compile(console, text) end
  if sql or is_sql(text, chunk, why) then
    local whole = ended or console.input:is_whole(sql and sql .. ";" or text)
    if whole then return "sql", sql or text end
  elseif chunk then
    return "lua", chunk
  elseif ended or not why:find "<eof>$" then
    return "wrong", why
  end
end

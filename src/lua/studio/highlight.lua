-- highlight.lua: a source as lines of elements, with comments, strings, numbers and keywords marked.
--
-- It only colours: nothing depends on it, so it knows no more of SQL and Lua than their tokens.

local core = ...
local h = core.require "studio.html".h

local function set(words)
  local t = {}
  for word in words:gmatch "%S+" do t[word] = true end
  return t
end

local keywords = {
  lua = set [[and break do else elseif end false for function goto if in local nil not or repeat return then true
    until while]],
  sql = set [[add all alter analyze and any as asc begin between by call cascade case cast check cluster collate column
    comment commit concurrently conflict constraint copy create cross current database declare default deferrable
    delete desc disable distinct do domain drop each else enable end enum exists extension false fetch for foreign from
    full function generated grant group having identity if immutable in include index inherits initially inner insert
    instead intersect into is join key language lateral left like limit lock loop materialized natural not nothing
    null of offset on only or order outer over partition perform policy primary privileges procedure raise recursive
    references refresh reindex rename replace restrict return returning returns revoke right role row rows schema
    security select sequence set statement stored table temporary then to transaction trigger true truncate type
    union unique update using vacuum valid validate values view volatile when where window with]],
}

-- Each returns the end of the token that begins at `at`, or nil.
local function dollar_quoted(text, at)
  local tag = text:match("^%$[%a_]?[%w_]*%$", at)
  if not tag then return nil end
  local _, last = text:find(tag, at + #tag, true)
  return last or #text
end

local function quoted(text, at, quote)
  local from = at + 1
  while true do
    local last = text:find(quote, from, true)
    if not last then return #text end
    if text:sub(last + 1, last + 1) ~= quote then return last end
    from = last + 2
  end
end

local function nested_comment(text, at)
  local depth, from = 0, at
  repeat
    local open, close = text:find("/*", from, true), text:find("*/", from, true)
    if not close then return #text end
    if open and open < close then
      depth, from = depth + 1, open + 2
    else
      depth, from = depth - 1, close + 2
    end
  until depth == 0
  return from - 1
end

local scan = {}

function scan.sql(text, at)
  local two = text:sub(at, at + 1)
  if two == "--" then
    local last = (text:find("\n", at, true) or #text + 1) - 1
    return last, text:find("^%-%-+>?%s*moonbird", at) and "directive" or "comment"
  end
  if two == "/*" then return nested_comment(text, at), "comment" end
  local one = two:sub(1, 1)
  if one == "'" then return quoted(text, at, "'"), "string" end
  if one == '"' then return quoted(text, at, '"'), "name" end
  if one == "$" then
    local last = dollar_quoted(text, at)
    if last then return last, "string" end
  end
end

local function long_bracket(text, at)
  local equals = text:match("^%[(=*)%[", at)
  if not equals then return nil end
  local _, last = text:find("]" .. equals .. "]", at, true)
  return last or #text
end

local function short_string(text, at, quote)
  local i = at + 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == "\\" then
      i = i + 1
    elseif c == quote or c == "\n" then
      return i
    end
    i = i + 1
  end
  return #text
end

function scan.lua(text, at)
  if text:sub(at, at + 1) == "--" then
    return long_bracket(text, at + 2) or (text:find("\n", at, true) or #text + 1) - 1, "comment"
  end
  local one = text:sub(at, at)
  if one == '"' or one == "'" then return short_string(text, at, one), "string" end
  if one == "[" then
    local last = long_bracket(text, at)
    if last then return last, "string" end
  end
end

-- Adds a token to the lines: it may contain several.
local function add(lines, text, class)
  local at = 1
  repeat
    local stop = text:find("\n", at, true)
    local piece = text:sub(at, (stop or #text + 1) - 1)
    if piece ~= "" then
      local line = lines[#lines]
      line[#line + 1] = class and h.span { class = "tok-" .. class, piece } or piece
    end
    if stop then lines[#lines + 1] = {} end
    at = (stop or #text) + 1
  until not stop
end

-- `language`: "sql", "lua", or nil for a plain text.
return function(text, language)
  text = tostring(text):gsub("\r\n", "\n"):gsub("\n$", "")
  local lines, plain, at = { {} }, {}, 1
  local words, special = keywords[language], scan[language]
  local function flush()
    if #plain > 0 then add(lines, table.concat(plain)) end
    plain = {}
  end
  while at <= #text do
    local last, class
    if special then last, class = special(text, at) end
    if not last then
      local _, word_end = text:find("^[%a_\128-\255][%w_$\128-\255]*", at)
      local _, number_end = text:find("^%d[%w.]*", at)
      last = word_end or number_end or text:find("[%a_\128-\255%d'\"$/%-%[]", at + 1) and text:find("[%a_\128-\255%d'\"$/%-%[]", at + 1) - 1 or #text
      local word = word_end and text:sub(at, word_end)
      class = word and words and (words[word] or language == "sql" and words[word:lower()]) and "keyword" or number_end and "number" or nil
    end
    if class then
      flush()
      add(lines, text:sub(at, last), class)
    else
      plain[#plain + 1] = text:sub(at, last)
    end
    at = last + 1
  end
  flush()
  return lines
end

-- text.lua: pieces of SQL that several kinds of objects need.

local text = {}

function text.quote(value) return "'" .. value:gsub("'", "''") .. "'" end

-- "name=value" of pg_class.reloptions → name, value
local function split(option) return option:match "^([^=]*)=?(.*)$" end

local function option(word)
  local name, value = split(word)
  return ("%s = %s"):format(name, text.quote(value))
end

-- { "fillfactor=70" } → "(fillfactor = '70')"
function text.options(list)
  local words = {}
  for i, word in ipairs(list) do words[i] = option(word) end
  return "(" .. table.concat(words, ", ") .. ")"
end

function text.set(list)
  local set = {}
  for _, item in ipairs(list or {}) do set[item] = true end
  return set
end

-- Statements that begin with `alter`: SET for new and changed options, RESET for those that are gone.
function text.change_options(alter, old, new, prefix)
  local had, names, set, reset, list = text.set(old), {}, {}, {}, {}
  for _, word in ipairs(new or {}) do
    names[split(word)] = true
    if not had[word] then set[#set + 1] = prefix .. option(word) end
  end
  for _, word in ipairs(old or {}) do
    local name = split(word)
    if not names[name] then reset[#reset + 1] = prefix .. name end
  end
  if #set > 0 then list[#list + 1] = ("%s SET (%s)"):format(alter, table.concat(set, ", ")) end
  if #reset > 0 then list[#list + 1] = ("%s RESET (%s)"):format(alter, table.concat(reset, ", ")) end
  return list
end

-- "NAME: VALUE" → NAME, VALUE; NAME may be quoted.
function text.split_item(item)
  local stop = item:match "^[^:]*()" - 1
  if item:find '^"' then
    stop = 0
    repeat stop = item:find('"', stop + 2, true) until item:sub(stop + 1, stop + 1) ~= '"'
  end
  return item:sub(1, stop), item:sub(stop + 3)
end

-- A name that consists of another name and a suffix, cut to the 63 bytes that PostgreSQL keeps.
function text.name_of(last, suffix)
  local bare = last:match '^"(.*)"$'
  local name = (bare and bare:gsub('""', '"') or last) .. suffix
  while #name > 63 do name = name:gsub(utf8.charpattern .. suffix .. "$", suffix) end
  return bare and '"' .. name:gsub('"', '""') .. '"' or name
end

-- A string as Lua has it: in quotes, or in long brackets where these need no escapes.
function text.lua(value)
  if not value:find '[\n\\"]' then return '"' .. value .. '"' end
  local level = ""
  while value:find("]" .. level .. "]", 1, true) or value:find("%]" .. level .. "$") do level = level .. "=" end
  return ("[%s[%s%s]%s]"):format(level, value:find "^\n" and "\n" or "", value, level)
end

-- Options of foreign data: { "host=a" } → host 'a'
local function generic(word)
  local name, value = split(word)
  return ('"%s" %s'):format((name:gsub('"', '""')), text.quote(value))
end

-- → " OPTIONS (…)", or nothing.
function text.generic_options(list)
  local words = {}
  for i, word in ipairs(list or {}) do words[i] = generic(word) end
  return #words > 0 and (" OPTIONS (%s)"):format(table.concat(words, ", ")) or ""
end

-- The clause that leads from one list of such options to another: "OPTIONS (ADD …, SET …, DROP …)"
function text.change_generic_options(old, new)
  local had, names, list = {}, {}, {}
  for _, word in ipairs(old or {}) do
    local name, value = split(word)
    had[name] = value
  end
  for _, word in ipairs(new or {}) do
    local name, value = split(word)
    names[name] = true
    if had[name] ~= value then list[#list + 1] = (had[name] and "SET " or "ADD ") .. generic(word) end
  end
  for _, word in ipairs(old or {}) do
    local name = split(word)
    if not names[name] then list[#list + 1] = ('DROP "%s"'):format((name:gsub('"', '""'))) end
  end
  return ("OPTIONS (%s)"):format(table.concat(list, ", "))
end

-- The schema and the last part of a qualified name, each as it is written: public."a.b" → public, "a.b"
function text.split(name)
  local schema, rest = name:match '^([^."]+)%.(.*)$'
  if not schema then
    -- A quote inside a quoted name is doubled, so the name ends at the first quote that is not doubled.
    local at = name:gsub('""', "__"):find('".', 2, true)
    if not at then return nil, name end
    schema, rest = name:sub(1, at), name:sub(at + 2)
  end
  return schema, rest
end

function text.last(name)
  local _, last = text.split(name)
  return last
end

-- A name for an object of this name while another one takes its place: status → status_old
function text.aside(last) return text.name_of(last, "_old") end

-- The text with each quoted string or name replaced by the same number of letters.
local function without_strings(expression)
  return (expression:gsub("()(['\"]).-%2()", function(first, _, after) return ("x"):rep(after - first) end))
end

-- The first group in parentheses, and what is before and after it; a quoted name can have parentheses, too. nil if there is none.
function text.group(sql)
  local first, last = without_strings(sql):find "%b()"
  if not first then return nil end
  return sql:sub(first, last), sql:sub(1, first - 1), sql:sub(last + 1)
end

-- The first word of each item of a group: "(a DESC, lower(b) text_ops)" → "a, lower(b)"
function text.first_words(group)
  local inner, list, at = group:sub(2, -2), {}, 1
  local plain = without_strings(inner):gsub("%b()", function(nested) return ("x"):rep(#nested) end)
  for item, after in (plain .. ", "):gmatch "(.-), ()" do
    list[#list + 1] = inner:sub(at, at + #item:match "^%S*" - 1)
    at = after
  end
  return table.concat(list, ", ")
end

-- The elements of a list "['a'::character varying, …]" as text, or nil if one has another type.
local function varchar_list(list)
  local items, plain, from = {}, without_strings(list), 2
  local function add(stop)
    local item = list:sub(from, stop)
    items[#items + 1] = ("(%s)::text"):format(item)
    from = stop + 3
    return item:find "::character varying$" ~= nil
  end
  local at = plain:find("[%(%[,%]]", from)
  while at and plain:sub(at, at) ~= "]" do
    if plain:sub(at, at) == "," then
      if not add(at - 1) then return nil end
    else
      at = select(2, plain:find(plain:sub(at, at) == "(" and "^%b()" or "^%b[]", at)) or #plain
    end
    at = plain:find("[%(%[,%]]", at + 1)
  end
  return at and add(at - 1) and items or nil
end

-- The statements that give a type another name, and the statement that drops it later.
function text.set_aside(word, name)
  local schema, last = text.split(name)
  local aside = text.aside(last)
  return { ("ALTER %s %s RENAME TO %s"):format(word, name, aside) }, ("DROP %s %s.%s"):format(word, schema, aside)
end

-- Are there two operands of `word`, AND or OR, in the parentheses from `first` to `last`?
local function joins(plain, first, last, word)
  local at = first + 1
  while at < last do
    if plain:find("^" .. word, at) then return true end
    at = plain:byte(at) == ("("):byte() and select(2, plain:find("%b()", at)) + 1 or at + 1
  end
  return false
end

-- A group of BETWEEN, or of NOT BETWEEN, as it was written: ((x >= a) AND (x <= b)); nil for another group.
local function between(group)
  local function split(part, operator)
    local at = without_strings(part):find(operator, 1, true)
    return at and part:sub(2, at - 1), at and part:sub(at + #operator, -2)
  end
  local plain = without_strings(group)
  local first, word, second = plain:match "^%((%b()) (%u+) (%b())%)$"
  if not first then return nil end
  local negated = word == "OR"
  local value, low = split(group:sub(2, #first + 1), negated and " < " or " >= ")
  local same, high = split(group:sub(-1 - #second, -2), negated and " > " or " <= ")
  local balanced = value and ("(%s)"):format(without_strings(value)):find "^%b()$"
  if not balanced or value ~= same then return nil end
  return ("(%s %sBETWEEN %s AND %s)"):format(value, negated and "NOT " or "", low, high)
end

-- The text from `first` to `last`, in which some groups are replaced: { [start] = { stop, text } }.
local function replace(expression, first, last, groups)
  local pieces, at = {}, first
  while at <= last do
    local group = groups[at]
    pieces[#pieces + 1] = group and group.text or expression:sub(at, at)
    at = group and group.stop + 1 or at + 1
  end
  return table.concat(pieces)
end

-- ((a AND b) AND c) becomes (a AND b AND c): when PostgreSQL reads the expression back, its parser joins a first
-- operand that is an AND. BETWEEN makes such an operand, and SQL with BETWEEN makes it again: that is added to `lists`.
local function flatten(expression, lists)
  local plain = without_strings(expression)
  local cut, written, outer = {}, {}, nil
  local at, whole = plain:find("((", 1, true), 0
  while at do
    local _, stop = plain:find("^%b()", at + 1)
    local word = stop and plain:match("^ %u+ ", stop + 1)
    if (word == " AND " or word == " OR ") and joins(plain, at + 1, stop, word) then
      if at > whole then
        outer = outer or {}
        whole = select(2, plain:find("^%b()", at)) or #plain
        outer[#outer + 1] = { at, whole }
      end
      cut[at + 1], cut[stop] = { stop = at + 1, text = "" }, { stop = stop, text = "" }
      local sql = between(expression:sub(at + 1, stop))
      if sql then written[at + 1] = { stop = stop, text = sql } end
    end
    at = plain:find("((", at + 1, true)
  end
  if not outer then return expression, lists end
  for _, group in ipairs(next(written) and outer or {}) do
    lists = lists or {}
    lists[replace(expression, group[1], group[2], cut)] = replace(expression, group[1], group[2], written)
  end
  return replace(expression, 1, #expression, cut), lists
end

-- The text with the lists of varchar values as PostgreSQL prints them after it has read them back, and the SQL that makes
-- the lists as they are.
local function settle_lists(expression, lists)
  expression = expression:gsub("%(ARRAY(%b[])%)::text%[%]", function(list)
    local items = varchar_list(list)
    local settled = items and ("ARRAY[%s]"):format(table.concat(items, ", "))
    if settled then
      lists = lists or {}
      lists[settled] = ("(ARRAY%s::character varying[])::text[]"):format(list)
    end
    return settled
  end)
  return expression, lists
end

-- An expression as PostgreSQL prints it after it was printed and read back once. Two common expressions look different
-- then: `x IN ('a', 'b')` with a varchar, and BETWEEN beside another condition. `lists`: { [text] = SQL }, or nil; gets the
-- parts that differ, and the SQL that PostgreSQL prints as in `expression`. Returns the expression and `lists`.
function text.settled(expression, lists)
  expression, lists = settle_lists(expression, lists)
  if not expression:find("((", 1, true) then return expression, lists end
  return flatten(expression, lists)
end

return text

-- renames.lua: objects that are renamed instead of being dropped and created again.
--
-- A rename is { of = object of the snapshot to start from, last = the last part of its new name, to = the new name,
-- statement, inverse, passing = true if a later rename gives the object its final name }. A table or a column has data, so
-- only the user can say that it is renamed: with --rename or in the desired schema. An index or a constraint that differs
-- only in its name is renamed without asking.

local core = ...
local facets = core.require "schema.facets"
local likely = core.require "schema.renames.likely"
local checks = core.require "schema.renames.checks"
local names = core.require "schema.renames.names"

local renames = {}

local function fail(message, ...) core.fail("usage", message:format(...), "See \"moonbird help schema\".") end

-- Kinds whose objects can be named in a rename, in the order in which a name is looked for.
local renamed_kinds = { "TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "ENUM", "DOMAIN", "COMPOSITE TYPE", "INDEX",
                        "COLUMN" }

-- Statements -----------------------------------------------------------------

local function of_column(object, to)
  local old = object.column
  return {
    of = object, last = to, to = names.with_last(object.name, to),
    statement = ("ALTER TABLE %s RENAME COLUMN %s TO %s"):format(object.relation, old, to),
    inverse = ("ALTER TABLE %s RENAME COLUMN %s TO %s"):format(object.relation, to, old),
  }
end

local function of_constraint(object, to)
  return {
    of = object, last = to, to = to,
    statement = ("ALTER TABLE %s RENAME CONSTRAINT %s TO %s"):format(object.relation, object.constraint, to),
    inverse = ("ALTER TABLE %s RENAME CONSTRAINT %s TO %s"):format(object.relation, to, object.constraint),
  }
end

local function new_rename(object, to)
  if object.kind.kind == "COLUMN" then return of_column(object, to) end
  if object.kind.kind == "CONSTRAINT" then return of_constraint(object, to) end
  local phrase = facets.phrase(object)
  return {
    of = object, last = to, to = names.with_last(object.name, to),
    statement = ("ALTER %s RENAME TO %s"):format(phrase, to),
    inverse = ("ALTER %s RENAME TO %s"):format((phrase:gsub(object.name:gsub("%p", "%%%0") .. "$", (names.with_last(object.name, to):gsub("%%", "%%%%")))),
                                               names.last(object.name)),
  }
end

-- Order ----------------------------------------------------------------------

-- The object as it is once it has another name.
local function renamed(object, to)
  local name = object.constraint and ("%s on %s"):format(to, object.relation) or names.with_last(object.name, to)
  return setmetatable({ name = name, id = object.kind.kind .. " " .. name, column = object.column and to,
                        constraint = object.constraint and to,
                        _index_name = object._index_name and names.with_last(object._index_name, to) }, { __index = object })
end

-- A name that no object of the snapshot has: moonbird_swap_N, from this number on. The second result is N.
local function third_name(snapshot, n)
  local name = "moonbird_swap_" .. n
  for _, object in ipairs(snapshot.list) do
    if object.id:find(name, 1, true) then return third_name(snapshot, n + 1) end
  end
  return name, n
end

-- The renames in an order in which each name is free before another object gets it. If objects exchange their names, one of
-- them has a third name until the others have theirs.
local function in_order(list, snapshot)
  local holders, ordered, state, rest, n = {}, {}, {}, {}, 0
  for _, rename in ipairs(list) do
    for _, name in ipairs(facets.names(rename.of)) do holders[name] = rename end
  end
  local function set_aside(rename)
    local name
    name, n = third_name(snapshot, n + 1)
    local first = new_rename(rename.of, name)
    first.passing = true
    ordered[#ordered + 1], rest[rename] = first, new_rename(renamed(rename.of, name), rename.last)
    rest[rename].word = rename.word
  end
  local function put(rename)
    state[rename] = "open"
    for _, name in ipairs(facets.names(renamed(rename.of, rename.last))) do
      local holder = holders[name]
      if holder and not state[holder] then put(holder)
      elseif holder and holder ~= rename and state[holder] == "open" and not rest[holder] then set_aside(holder) end
    end
    state[rename] = "done"
    ordered[#ordered + 1] = rest[rename] or rename
  end
  for _, rename in ipairs(list) do
    if not state[rename] then put(rename) end
  end
  return ordered
end

-- What the user said ---------------------------------------------------------

-- The name at this place: identifiers with dots between them.  nil if there is none.
local function name_at(text, at)
  local last = at
  while true do
    local part = names.quoted_at(text, last) or text:match("^[%w_$\x80-\xFF]+", last)
    if not part then return nil end
    last = last + #part
    if text:sub(last, last) ~= "." then return text:sub(at, last - 1) end
    last = last + 1
  end
end

-- "users.mail=email" → old name, new last name, and what comes before that
local function read_option(word)
  local old = name_at(word, 1)
  local new = old and word:sub(#old + 1, #old + 1) == "=" and name_at(word, #old + 2)
  if not new or #old + #new + 1 ~= #word then fail("--rename needs OLD=NEW, such as users.mail=email, not \"%s\"", word) end
  return old, names.folded(names.last(new)), names.parent(new)
end

-- A rename changes only the last part of a name.
local function check_place(word, object, before)
  local place = names.parent(object.name)
  if before ~= "" and before ~= place and "public." .. before ~= place then
    fail("--rename %s: the new name cannot be in another schema or table; it is only the last part, such as users=people", word)
  end
end

-- `word`: that of --rename; nil: a comment says so.
local function add(list, claimed, object, new, word)
  local rename = new_rename(object, new)
  rename.word = word
  if rename.to == object.name then fail("--rename gives %s the name that it has", object.name) end
  -- An option and a comment may name the same rename.
  if claimed[rename.to] == object then return end
  if claimed[rename.to] then
    fail("%s and %s are both renamed to %s", claimed[rename.to].name, object.name, rename.to)
  end
  if claimed[object] then fail("%s is renamed to %s and to %s", object.name, claimed[object], rename.to) end
  claimed[rename.to], claimed[object] = object, rename.to
  list[#list + 1] = rename
end

-- Comments of the desired schema: "-- renamed from OLD" on the line of a column, or on or before that of a CREATE.
-- → list of { old (one part), table, column (new names as written) }
function renames.hints(text)
  local list, current, waiting = {}, nil, nil
  for line in text:gmatch "[^\n]+" do
    local made = line:match "^%s*[Cc][Rr][Ee][Aa][Tt][Ee]%s+[Tt][Aa][Bb][Ll][Ee]%s+(.-)%s*%(" or
                 line:match "^%s*[Cc][Rr][Ee][Aa][Tt][Ee]%s+[Tt][Aa][Bb][Ll][Ee]%s+(%S+)"
    if made then current = made:gsub("^[Ii][Ff]%s+[Nn][Oo][Tt]%s+[Ee][Xx][Ii][Ss][Tt][Ss]%s+", "") end
    local old = line:match "%-%-%s*renamed from%s+(%S+)"
    local column = line:match '^%s*("[^"]*")' or line:match "^%s*([%w_$]+)"
    if old and line:find "^%s*%-%-" then waiting = old
    elseif old and made then list[#list + 1] = { old = old, table = current }
    elseif old and current and column then list[#list + 1] = { old = old, table = current, column = column }
    end
    if waiting and made then
      list[#list + 1] = { old = waiting, table = current }
      waiting = nil
    end
  end
  return list
end

-- Adds the hints that still apply: the old name exists, and the new one does not.
local function add_hints(list, claimed, from, hints)
  for _, hint in ipairs(hints) do
    local parts = names.parts(hint.table)
    local relation = names.qualify(parts, 2)
    local old, new
    if hint.column then
      old, new = from.objects[("COLUMN %s.%s"):format(relation, hint.old)], hint.column
      if from.objects[("COLUMN %s.%s"):format(relation, new)] then old = nil end
    else
      local before = names.parts(hint.old)
      old, new = from.objects["TABLE " .. (#before > 1 and hint.old or names.with_last(relation, hint.old))], parts[#parts]
      if from.objects["TABLE " .. relation] then old = nil end
    end
    if old then add(list, claimed, old, new) end
  end
end

-- `words`: those of --rename. `hints`: of renames.hints. A word names a column with the new name of its table, so as long
-- as tables are renamed, columns are left.
-- → the renames, and the words that are left
function renames.said(from, words, hints)
  local list, claimed, columns, left = {}, {}, {}, {}
  for _, word in ipairs(words) do
    local old, new, before = read_option(word)
    local object = names.find_any(from, renamed_kinds, old)
    if object then check_place(word, object, before) end
    if not object then left[#left + 1] = word
    elseif object.column then columns[#columns + 1] = { object, new, word }
    else add(list, claimed, object, new, word) end
  end
  local tables = #list > 0
  for _, column in ipairs(columns) do
    if tables then left[#left + 1] = column[3] else add(list, claimed, table.unpack(column)) end
  end
  add_hints(list, claimed, from, hints)
  for _, rename in ipairs(list) do
    if rename.word then checks.is_free(from, rename, claimed) end
  end
  return in_order(list, from), left
end

-- Equal but for the name -----------------------------------------------------

-- A key that is equal for two objects that differ only in their names; nil for an object that is dropped or created
-- with its table.
local function key_of(change)
  local kind = change.object.kind
  return #change.steps > 0 and kind.without_name and kind.without_name(change.object) or nil
end

-- The names of constraints that PostgreSQL made as parts of others: { ["NAME on TABLE"] = true }.
local function hidden_names(snapshot)
  local hidden = {}
  for _, object in ipairs(snapshot.of_kind "CONSTRAINT") do
    for _, name in ipairs(object._copies or {}) do hidden[("%s on %s"):format(name, object.relation)] = true end
  end
  return hidden
end

-- The dropped objects whose tables stay, by their keys. Not those that are created again as they are:
-- { [id] = true } is the second result.
local function renamable(changes)
  local gone, keys, dropped, again = {}, {}, {}, {}
  for _, change in ipairs(changes) do
    if change.verb == "drop" then dropped[change.object], keys[change.object.id] = true, key_of(change) end
  end
  for _, change in ipairs(changes) do
    local key = change.verb == "create" and keys[change.object.id]
    if key and key == key_of(change) then again[change.object.id] = true end
  end
  for _, change in ipairs(changes) do
    local old = change.object
    local key = change.verb == "drop" and not again[old.id] and not dropped[old.table] and keys[old.id]
    if key then gone[key] = old end
  end
  return gone, again
end

-- Renames for pairs of a dropped and a new object that differ only in their names. `from`: the snapshot of the dropped ones.
function renames.equal(changes, from)
  local hidden, list = hidden_names(from), {}
  local gone, again = renamable(changes)
  for _, change in ipairs(changes) do
    local key = change.verb == "create" and key_of(change)
    local old = key and gone[key]
    if old and not again[change.object.id] and not hidden[change.object.name] then
      gone[key] = nil
      list[#list + 1] = new_rename(old, change.object.kind.last_name(change.object))
    end
  end
  return in_order(list, from)
end

-- The statements of the renames, and their inverses in reverse order.
local function statements_of(list)
  local forward, backward = {}, {}
  for i, rename in ipairs(list) do
    forward[i] = rename.statement
    backward[#list + 1 - i] = rename.inverse
  end
  return forward, backward
end

-- What a person says ---------------------------------------------------------

local function last_of(object)
  return object.column or names.last(object.name)
end

-- The first likely rename that the user confirms. If there is no terminal, all likely renames are added to `open`.
-- `asked`: the questions so far.
local function ask_next(changes, ask, asked, open)
  for _, pair in ipairs(likely(changes)) do
    local word = ("%s=%s"):format(pair.old.name, last_of(pair.new))
    if not asked[word] then
      asked[word] = true
      local agreed = ask and ask(pair.old.name, pair.new.name)
      if agreed then return new_rename(pair.old, last_of(pair.new)) end
      if agreed == nil then open[#open + 1] = word end
    end
  end
end

-- All ------------------------------------------------------------------------

-- The difference of two schemas, where objects may be renamed first.
--
-- `read(statements)`: the schema to start from, as a snapshot, once these statements have run.  `compare(from)`: the
-- changes that lead from such a snapshot to the other schema.  `options`: to (a snapshot of the other schema); rename
-- (words); hints; ask(old, new) → is it renamed?  nil if nobody can be asked.
-- → { from = the snapshot after the renames, changes = those from there, forward, backward = the statements of the
-- renames and of their inverses, list = the renames, names = their new names, likely = words for --rename that nobody was
-- asked about }
function renames.apply(read, compare, options)
  local list, result = {}, { from = read {}, names = {}, likely = {} }
  local function rename(more)
    table.move(more, 1, #more, #list + 1, list)
    if #more > 0 then result.from = read((statements_of(list))) end
    return #more > 0
  end
  local words, said = options.rename or {}, nil
  repeat said, words = renames.said(result.from, words, options.hints or {}) until not rename(said)
  if words[1] then checks.fail_without_old(result.from, renamed_kinds, list, words[1], read_option(words[1])) end
  for i, done in ipairs(list) do
    if done.word then checks.is_wanted(options.to, list, i) end
  end
  local asked = {}
  repeat result.changes = compare(result.from)
  until not rename { ask_next(result.changes, options.ask, asked, result.likely) }
  if rename(renames.equal(result.changes, result.from)) then result.changes = compare(result.from) end
  for _, done in ipairs(list) do
    if not done.passing then result.names[#result.names + 1] = done.to end
  end
  result.list, result.forward, result.backward = list, statements_of(list)
  return result
end

return renames

-- checks.lua: does --rename name what there is?
--
-- A rename to a name that the other schema does not have would be followed by a DROP of what it renamed.

local core = ...
local names = core.require "schema.renames.names"

local checks = {}

local function fail(word, message, hint)
  core.fail("usage", ("--rename %s: %s"):format(word, message), hint or "See \"moonbird help schema\".")
end

local function short(name) return (name:gsub("^public%.", "")) end

local function did_you_mean(old, new) return ("Did you mean --rename %s=%s?"):format(short(old), new) end

-- The last parts of the names of a kind's objects in a schema, or in a table.
local function last_names(snapshot, kind, parent)
  local list = {}
  for _, object in ipairs(snapshot.of_kind(kind)) do
    if names.parent(object.name) == parent then list[#list + 1] = names.last(object.name) end
  end
  return list
end

-- The name that a person may have meant; nil if there is none.
local function nearest_old(from, kinds, old)
  local parent = names.parent(names.qualify(names.parts(old), 3))
  local columns = last_names(from, "COLUMN", parent)
  if columns[1] then
    local near = core.nearest(names.last(old), columns)
    return near and ("%s.%s"):format(parent, near)
  end
  local list = {}
  for _, kind in ipairs(kinds) do
    for _, object in ipairs(from.of_kind(kind)) do list[#list + 1] = short(object.name) end
  end
  return core.nearest(short(old), list)
end

-- The name of a column once its table is renamed; nil if that is not renamed.
local function with_new_table(from, old, list)
  local parts = names.parts(names.qualify(names.parts(old), 3))
  for _, rename in ipairs(list) do
    local name = ("%s.%s"):format(rename.to, parts[#parts])
    if rename.of.name == names.parent(table.concat(parts, ".")) and names.find(from, "COLUMN", name) then return name end
  end
end

-- Fails because no object that can be renamed has the name `old`, of the --rename `word`. `kinds`: theirs. `new`: the last
-- part of the new name. `list`: the renames before.
function checks.fail_without_old(from, kinds, list, word, old, new)
  local message = ("there is no \"%s\" in the schema to start from"):format(old)
  local done = names.find_any(from, kinds, names.with_last(old, new))
  if done then fail(word, message, ("It has %s. If that is the renamed one, leave --rename out."):format(done.name)) end
  local near = with_new_table(from, old, list) or nearest_old(from, kinds, old)
  fail(word, message, near and did_you_mean(near, new))
end

-- The new name must be free, once other renames are done. `claimed`: the objects that are renamed, as keys.
function checks.is_free(from, rename, claimed)
  local holder = names.find(from, rename.of.kind.kind, rename.to)
  if not holder or claimed[holder] then return end
  fail(rename.word, ("the schema to start from has %s and %s"):format(rename.of.name, holder.name),
       "A rename needs a new name that nothing has. Rename or drop that one first, in a migration of its own.")
end

-- The table of the column that the rename number `i` renames, or the schema of an object, under its name in the end.
local function final_parent(list, i)
  local parent = names.parent(list[i].to)
  for k = i + 1, #list do
    if list[i].of.column and not list[k].of.column and list[k].of.name == parent then parent = list[k].to end
  end
  return parent
end

-- The new name of the rename number `i` must be one that the schema to reach has. `list`: all renames in their order; a later
-- one may rename the object again.
function checks.is_wanted(to, list, i)
  local rename = list[i]
  local kind, parent = rename.of.kind.kind, final_parent(list, i)
  local name = ("%s.%s"):format(parent, rename.last)
  if names.find(to, kind, name) then return end
  for k = i + 1, #list do
    if list[k].of.kind.kind == kind and list[k].of.name == rename.to then return end
  end
  local near = core.nearest(rename.last, last_names(to, kind, parent))
  fail(rename.word, ("there is no %s in the schema to reach"):format(name), near and did_you_mean(rename.of.name, near))
end

return checks

-- compare.lua: in which fields two objects, or two snapshots, differ.

local core = ...
local facets = core.require "schema.facets"
local members = core.require "schema.sql.members"

local compare = {}

function compare.same(a, b)
  if a == b then return true end
  if type(a) ~= "table" or type(b) ~= "table" or #a ~= #b then return false end
  for i, item in ipairs(a) do
    if item ~= b[i] then return false end
  end
  return true
end

-- Fields that are not a part of the definition: references to other objects, and what the snapshot added.
local apart = { kind = true, id = true, needs = true, parts = true, table = true, partition = true, owner_column = true,
                sequence = true, child = true, of = true, name = true, row_types = true, snapshot = true }

local function is_compared(field) return not apart[field] and field:byte() ~= ("_"):byte() end

-- The names of the fields in which two objects differ, in the order in which they are altered.
function compare.fields(old, new)
  local list = {}
  local function add(field)
    if is_compared(field) and not compare.same(old[field], new[field]) and not facets.unknown(field, old, new) then
      list[#list + 1] = field
    end
  end
  for field in pairs(new) do add(field) end
  for field in pairs(old) do
    if new[field] == nil then add(field) end
  end
  table.sort(list, facets.before)
  return list
end

-- An object's fields that count, for --json, without secrets.
function compare.definition(object)
  local definition = {}
  for field, value in pairs(object) do
    if is_compared(field) and not (object.kind.secret and object.kind.secret.field == field) then definition[field] = value end
  end
  return definition
end

-- Is it created and dropped with another object of the list?
local function goes_along(object, absent)
  local goes_with = object.kind.goes_with
  if goes_with and goes_with(object, absent) then return true end
  for needed, how in pairs(object.needs) do
    if how == "owned" and absent[needed] then return true end
  end
  return false
end

-- All objects of a snapshot, also those of kinds that are only reported, by their ids.
local function by_id(snapshot, other)
  local all = members.reported(snapshot, other)
  for id, object in pairs(snapshot.objects) do all[id] = object end
  return all
end

local function add_absent(list, from, to, how)
  local absent = {}
  for id, object in pairs(from) do
    if not to[id] then absent[object] = true end
  end
  for object in pairs(absent) do
    if not goes_along(object, absent) then list[#list + 1] = { object = object, how = how } end
  end
end

-- The differences between the actual and the expected schema: { object, how = "missing" | "unexpected" | "changed",
-- fields, is, wanted (objects) }, sorted by the objects' names.
function compare.snapshots(is, wanted)
  local list, actual, expected = {}, by_id(is, wanted), by_id(wanted, is)
  add_absent(list, expected, actual, "missing")
  add_absent(list, actual, expected, "unexpected")
  for id, object in pairs(actual) do
    local other = expected[id]
    local fields = other and compare.fields(object, other) or {}
    if #fields > 0 then
      list[#list + 1] = { object = object, how = "changed", fields = fields, is = object, wanted = other }
    end
  end
  table.sort(list, function(a, b) return a.object.id < b.object.id end)
  return list
end

return compare

-- members.lua: objects that are members of an extension in one of two schemas only: ALTER EXTENSION ... ADD and DROP.
--
-- A snapshot leaves members out, so such an object looks as if it were new or gone, although it exists before and after.

local core = ...
local facets = core.require "schema.facets"
local text = core.require "schema.sql.text"

local members = {}

local function alter(o, verb) return ("ALTER EXTENSION %s %s %s"):format(o._extension, verb, o._object) end

-- That an object is a member.
local MEMBER <const> = {
  kind = "EXTENSION MEMBER",
  rank = 21,
  superuser = true,
  create = function(o) return alter(o, "ADD") end,
  drop = function(o) return alter(o, "DROP") end,
}

-- The extensions of `snapshot` by the names of their members.  Only those that `other` has in the same version: another
-- version has other members.
local function by_member(snapshot, other)
  local extensions = {}
  for _, object in ipairs(snapshot.list) do
    local same = object._members and other.objects[object.id]
    for _, name in ipairs(same and same._version == object._version and object._members or {}) do extensions[name] = object end
  end
  return extensions
end

local function member(object, extension)
  local phrase = facets.phrase(object)
  local name = ("%s of %s"):format(phrase, extension.name)
  return { kind = MEMBER, name = name, id = MEMBER.kind .. " " .. name, needs = { [extension] = "normal", [object] = "normal" },
           _extension = extension.name, _object = phrase }
end

-- Adds to `gone` the objects that it owns, except those that `other` has: an index of a member is an object; and the base types
-- whose shells it has.
local function add_owned(gone, snapshot, other)
  local more
  for _, object in ipairs(snapshot.list) do
    if object._shell and gone[snapshot.by_address[object._shell]] then gone[object] = true end
  end
  repeat
    more = false
    for _, object in ipairs(snapshot.list) do
      local stays = gone[object] or other.objects[object.id]
      for needed, how in pairs(stays and {} or object.needs) do
        if how == "owned" and gone[needed] then gone[object], more = true, true end
      end
    end
  until not more
end

-- The objects of `a` that are members in `b`, with the objects that they own: { [object] = true }, and a list of the
-- memberships; nil if there are none.
local function joining(a, b)
  local gone, list
  local extensions = by_member(b, a)
  for _, object in ipairs(next(extensions) and a.list or {}) do
    local extension = not b.objects[object.id] and extensions[facets.names(object)[1] or ""]
    if extension then
      gone, list = gone or {}, list or {}
      gone[object] = true
      list[#list + 1] = member(object, extension)
    end
  end
  if gone then add_owned(gone, a, b) end
  return gone, list
end

-- A snapshot without some objects, and with some more.
local function changed(snapshot, gone, more)
  if not (gone or more) then return snapshot end
  local copy = {}
  for field, value in pairs(snapshot) do copy[field] = value end
  copy.list, copy.objects = {}, {}
  local function add(object)
    copy.list[#copy.list + 1] = object
    copy.objects[object.id] = object
  end
  for _, object in ipairs(snapshot.list) do
    if not (gone and gone[object]) then add(object) end
  end
  for _, object in ipairs(more or {}) do add(object) end
  return copy
end

-- Two snapshots in which an object that is a member in only one of them is no object, but the other one has, or lacks, a
-- membership.
function members.apart(from, to)
  local joins, joined = joining(from, to)
  local leaves, left = joining(to, from)
  return changed(from, joins, left), changed(to, leaves, joined)
end

-- `from` with the objects that leave an extension on the way to `to`, each with its membership: a copy of a database needs
-- them, and only `to` has their definitions.
function members.whole(from, to)
  local leaves, more = joining(to, from)
  if not leaves then return from end
  for _, object in ipairs(to.list) do
    if leaves[object] then more[#more + 1] = object end
  end
  return changed(from, nil, more)
end

-- Have two snapshots an extension in the same version and schema, with this member?
local function both_have(a, b, extension, member)
  local here, there = a.objects[extension], b.objects[extension]
  if not (here and there) or here._version ~= there._version or here.schema ~= there.schema then return false end
  there._is_member = there._is_member or text.set(there._members)
  return there._is_member[member] ~= nil
end

-- The objects of kinds that are only reported, by their ids, without the parts of members that `other` does not have.
function members.reported(snapshot, other)
  local list = {}
  for id, object in pairs(snapshot.reported) do
    if not object._extension or both_have(snapshot, other, object._extension, object._member) then list[id] = object end
  end
  return list
end

-- The items of a list that are not in a set.
local function without(list, set)
  local rest = {}
  for _, item in ipairs(list) do
    if not set[item] then rest[#rest + 1] = item end
  end
  return rest
end

-- The names of the members of an extension that are neither members nor objects in another schema, which has the same
-- version of the extension.
function members.unmoved(extension, other)
  local same, names = other.objects[extension.id], {}
  if not (extension._members and same and same._version == extension._version) then return {} end
  local list = without(extension._members, text.set(same._members))
  for _, object in ipairs(#list > 0 and other.list or {}) do
    names[facets.names(object)[1] or ""] = true
  end
  return without(list, names)
end

return members

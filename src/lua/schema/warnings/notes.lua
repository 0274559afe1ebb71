-- notes.lua: notes about differences for which moonbird writes no statement.

local core = ...
local compare = core.require "schema.difference.compare"
local inheritance = core.require "schema.warnings.inheritance"
local members = core.require "schema.sql.members"
local text = core.require "schema.sql.text"

local notes = {}

-- Adds notes about objects of kinds that moonbird only reports.
local function add_reported(list, from, to)
  local before, after = members.reported(from, to), members.reported(to, from)
  local function say(object, how)
    list[#list + 1] = ("%s %s; moonbird writes no statement for it"):format(object.id, how)
  end
  for id, object in pairs(after) do
    local old = before[id]
    if not old then say(object, "is only in the schema to reach")
    elseif #compare.fields(old, object) > 0 then say(object, "differs in the two schemas") end
  end
  for id, object in pairs(before) do
    if not after[id] then say(object, "is only in the schema to start from") end
  end
end

-- Which of two notes the difference of a secret needs; nil: none.
local function note_of(object, other, hidden, shown)
  local secret = object.kind.secret
  if not secret or object._secret == (other and other._secret) then return nil end
  local value = object[secret.field]
  if object._secret and value then return shown end
  return (object._hidden or other and other._hidden and not value) and hidden or nil
end

-- Adds notes about what may be secret: a migration has what files set, and moonbird does not write what it has seen in a
-- database.
local function add_secrets(list, from, to)
  local function add(here, there, hidden, shown)
    for _, object in ipairs(here.list) do
      local note = note_of(object, there.objects[object.id], hidden, shown)
      if note then list[#list + 1] = note:format(object.kind.secret.words, object.id) end
    end
  end
  add(to, from, "the %s of %s may be secret, so moonbird writes no statement for the difference",
      "the migration has the %s of %s, which may be secret")
  add(from, to, "the rollback does not restore the %s of %s, which may be secret",
      "the rollback has the %s of %s, which may be secret")
end

-- Adds notes about subscriptions: what would connect to the publisher, or cannot be altered.
local function add_subscriptions(list, from, to)
  local function say(object, words) list[#list + 1] = words:format(object.id) end
  for _, new in ipairs(to.list) do
    local old = from.objects[new.id] or {}
    if new.kind.kind == "SUBSCRIPTION" then
      if new._enabled ~= (old._enabled or false) then
        say(new, new._enabled and "%s is not enabled: enable it on the server" or "%s is not disabled: disable it on the server")
      end
      if old.id and (new._two_phase ~= old._two_phase or new._failover ~= old._failover) or new._failover and not old.id then
        say(new, "two_phase or failover of %s differs; moonbird writes no statement for it")
      end
    end
  end
  for _, old in ipairs(from.list) do
    local gone = old.kind.kind == "SUBSCRIPTION" and not to.objects[old.id]
    if gone and not text.set(old.options)["slot_name=none"] then
      say(old, "the replication slot of %s stays on the publisher, and keeps its WAL until you drop it there")
    end
  end
end

-- Adds notes about the versions of an extension, and about privileges on the members of another version.
local function add_versions(list, old, new)
  if not old or old._version == new._version then return end
  list[#list + 1] = ("the version of %s is %s, not %s; moonbird writes no statement for it"):format(new.id, old._version, new._version)
  if not compare.same(old.member_privileges, new.member_privileges) then
    list[#list + 1] = ("the privileges on members of %s differ; moonbird writes no statement for them"):format(new.id)
  end
end

-- Adds notes about new extensions that do not have the default version in the database that the changes lead to.
local function add_new_versions(list, changes, words)
  for _, change in ipairs(changes) do
    local o = change.object
    if change.verb == "create" and o.kind.kind == "EXTENSION" and o._default_version and o._version ~= o._default_version then
      list[#list + 1] = words:format(o.id, o._version)
    end
  end
end

-- Adds notes about members of extensions that are no objects of the other schema (sql/members.lua).
local function add_members(list, from, to)
  local function add(has, lacks, how)
    for _, extension in ipairs(has.list) do
      for _, name in ipairs(members.unmoved(extension, lacks)) do
        list[#list + 1] = ("%s is a member of %s only in the schema %s; moonbird writes no statement for it"):format(name, extension.id, how)
      end
    end
  end
  add(to, from, "to reach")
  add(from, to, "to start from")
end

-- The parents of a table, in order, and as a set.
local function parents(o)
  local links, names = {}, {}
  for _, link in ipairs(o._links or {}) do
    if link.kind.kind == "INHERITANCE" then links[#links + 1] = link end
  end
  table.sort(links, function(a, b) return a._position < b._position end)
  for i, link in ipairs(links) do names[i] = link.parent end
  local ordered = table.concat(names, ", ")
  table.sort(names)
  return ordered, table.concat(names, ", ")
end

-- Adds a note about the order of parents.
local function add_order_of_parents(list, old, new)
  local before, had = parents(old)
  local after, has = parents(new)
  if before ~= after and had == has then
    list[#list + 1] = ("the parents of %s are in the order %s, not %s; no statement changes that"):format(new.id, before, after)
  end
end

local function add_unwritten(list, from, to)
  for _, new in ipairs(to.list) do
    local old = from.objects[new.id]
    if new.kind.kind == "EXTENSION" then add_versions(list, old, new) end
    if new.kind.kind == "TABLE" and old then add_order_of_parents(list, old, new) end
    if new.kind.kind == "TABLE" and old and new.persistence ~= old.persistence and new.kind.unknown("persistence", old, new) then
      list[#list + 1] = ("%s is UNLOGGED in only one of the two schemas; no statement changes that for a partitioned table"):format(new.id)
    end
    if new.triggers and not (old and old.triggers == new.triggers) then
      list[#list + 1] = ("the triggers of %s are not enabled; no statement disables them alone"):format(new.id)
    end
  end
end

-- The common columns of two tables, in the order that each has.
local function column_orders(old, new)
  local orders, has = { {}, {} }, { {}, {} }
  for i, o in ipairs { old, new } do
    for _, part in ipairs(o.parts or {}) do
      if part._position then has[i][part.id] = part end
    end
  end
  for i = 1, 2 do
    for id, part in pairs(has[i]) do
      if has[3 - i][id] then table.insert(orders[i], part) end
    end
    table.sort(orders[i], function(a, b) return a._position < b._position end)
    for j, part in ipairs(orders[i]) do orders[i][j] = part.column end
  end
  return table.concat(orders[1], ", "), table.concat(orders[2], ", ")
end

local function add_orders(list, from, to)
  for _, new in ipairs(to.list) do
    local old = new.kind.kind == "TABLE" and from.objects[new.id]
    if old then
      local before, after = column_orders(old, new)
      if before ~= after then
        list[#list + 1] = ("the columns of %s are in the order %s, not %s; ALTER TABLE cannot change that")
          :format(new.id, before, after)
      end
    end
  end
end

-- Notes about the order of columns are a separate list, because no migration can end such a difference.
local function sorted(list, from, to)
  local orders = {}
  add_orders(orders, from, to)
  table.sort(list)
  table.sort(orders)
  return list, orders
end

-- The notes about a migration from one schema to another, and those about the order of columns. `forward`, `backward`: its changes,
-- and those of its rollback or nil.
function notes.between(from, to, forward, backward)
  local list = {}
  add_reported(list, from, to)
  add_secrets(list, from, to)
  add_subscriptions(list, from, to)
  add_unwritten(list, from, to)
  add_members(list, from, to)
  add_new_versions(list, forward, "CREATE EXTENSION makes the default version of %s, not %s; moonbird writes no version")
  add_new_versions(list, backward or {}, "the rollback makes the default version of %s, not %s; moonbird writes no version")
  inheritance.add(list, from, to, forward, backward)
  return sorted(list, from, to)
end

-- The notes about what compare.snapshots does not compare, and those about the order of columns.
function notes.uncompared(is, wanted)
  local list = {}
  add_unwritten(list, is, wanted)
  inheritance.add(list, is, wanted, {})
  return sorted(list, is, wanted)
end

return notes

-- losses.lua: the data that changes lose.

local core = ...
local types = core.require "schema.sql.types"
local text = core.require "schema.sql.text"

local losses = {}

-- Types -----------------------------------------------------------------------

local integers = text.set { "smallint", "integer", "bigint" }

-- For each type, other types whose values it keeps or refuses; it never changes one silently.
local holds = {
  smallint = integers, integer = integers, bigint = integers, numeric = integers, json = text.set { "jsonb" },
  ["double precision"] = text.set { "smallint", "integer", "real" }, real = text.set { "smallint" },
  ["timestamp without time zone"] = text.set { "date" }, interval = text.set { "time without time zone" },
}

-- The modifiers that a type has when none are given.
local fractions = text.set { "time without time zone", "time with time zone", "timestamp without time zone",
                             "timestamp with time zone", "interval" }

-- Does a type keep all values of the same type with another modifier?
local function is_wider(name, old, new)
  if old == new or not new then return true end
  if fractions[name] then return tonumber(new) ~= nil and tonumber(new) >= (tonumber(old) or 6) end
  if name == "numeric" then
    local scale = tonumber(new:match ",(%-?%d+)$" or 0)
    return old ~= nil and scale >= tonumber(old:match ",(%-?%d+)$" or 0)
  end
  local grows = name == "character varying" or name == "character" or name == "bit varying"
  return grows and old ~= nil and tonumber(new) >= tonumber(old)
end

local is_lossless

local function keeps_attributes(had, has)
  for _, attribute in ipairs(had) do
    if not (has[attribute.name] and is_lossless(attribute, has[attribute.name])) then return false end
  end
  return true
end

local function is_string(name, modifier) return name == "text" or name == "character varying" and not modifier end

-- A change of type counts as a loss unless these rules say that it keeps all values. A statement that fails loses
-- nothing, so it does not count.
function is_lossless(old, new)
  old, new = types.below(old), types.below(new)
  for _, within in ipairs { types.element, types.bound } do
    local from, to = within(old), within(new)
    if from and to then return is_lossless(from, to) end
  end
  local had, has = types.attributes(old), types.attributes(new)
  if had and has then return keeps_attributes(had, has) end
  local from, before = types.split(old.type)
  local to, after = types.split(new.type)
  if is_string(to, after) then return true end
  if types.is_enum(new) then return types.is_enum(old) or is_string(from) end
  if from == to then return not types.is_made(new) and is_wider(to, before, after) end
  if holds[to] and holds[to][from] then return not (after and after:find(",-", 1, true)) end
  return not after and new.snapshot.casts.binary[from .. " " .. to] == true
end

-- May ALTER COLUMN TYPE lose a part of the values?  `old`, `new`: columns.
function losses.of_type(old, new)
  return not (new._foreign or new.generated) and not is_lossless(old, new)
end

-- Changes ---------------------------------------------------------------------

-- The columns that hold values of a composite type that loses or changes attributes.
local function columns_of(change)
  local list, old = {}, change.old
  if change.verb ~= "alter" or old.kind.kind ~= "COMPOSITE TYPE" or not text.set(change.fields).attributes then return list end
  for _, column in ipairs(old._holders or {}) do
    local now = change.to.objects[column.id]
    if now and not column._inherited and losses.of_type(column, now) then list[#list + 1] = column end
  end
  return list
end

-- The objects that lose data by a change.  `drops`: all objects that are dropped.
local function lost_by(change, drops)
  local o = change.object
  if change.carrier then return {} end
  if change.verb == "drop" then return o.kind.loses and o.kind.loses(o, drops) and { o } or {} end
  if change.verb ~= "alter" then return {} end
  if o.kind.kind == "COLUMN" and text.set(change.fields).type and losses.of_type(change.old, o) then return { o } end
  return columns_of(change)
end

-- { kind, name } of the objects whose rows or values the changes delete.  A column or sequence that is dropped with its
-- table is not listed.
function losses.of(changes)
  local list, drops, said = {}, {}, {}
  for _, change in ipairs(changes) do
    if change.verb == "drop" then drops[change.object] = true end
  end
  for _, change in ipairs(changes) do
    for _, o in ipairs(lost_by(change, drops)) do
      if not said[o.id] then list[#list + 1] = { kind = o.kind.kind, name = o.name } end
      said[o.id] = true
    end
  end
  return list
end

return losses

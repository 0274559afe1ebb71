-- losses.lua: the data that changes lose.

local core = ...
local changed_values = core.require "schema.warnings.changed_values"
local text = core.require "schema.sql.text"

local losses = {}

-- The columns that hold values of a composite type that loses or changes attributes.
local function columns_of(old, to)
  local list = {}
  for _, column in ipairs(old._holders or {}) do
    local now = to.objects[column.id]
    local why = now and not column._inherited and changed_values.why(column, now)
    if why then list[#list + 1] = { object = column, why = why } end
  end
  return list
end

-- The columns that lose data when a field of an object is altered: a list of { object, why }.  `to`: the snapshot to reach.
function losses.of_field(field, new, old, to)
  local kind = new.kind.kind
  if kind == "COMPOSITE TYPE" and field == "attributes" then return columns_of(old, to) end
  local why = kind == "COLUMN" and field == "type" and changed_values.why(old, new)
  return why and { { object = new, why = why } } or {}
end

-- What loses data by a change: a list of { object, why }.  `drops`: all objects that are dropped.
local function lost_by(change, drops)
  local o, list = change.object, {}
  if change.carrier then return list end
  if change.verb == "drop" and o.kind.loses and o.kind.loses(o, drops) then return { { object = o, why = "dropped" } } end
  for _, field in ipairs(change.verb == "alter" and change.fields or {}) do
    for _, loss in ipairs(losses.of_field(field, o, change.old, change.to)) do list[#list + 1] = loss end
  end
  return list
end

-- { kind, name, why } of the objects whose rows or values the changes delete.  A column or sequence that is dropped with its
-- table is not listed.
function losses.of(changes)
  local list, drops, said = {}, {}, {}
  for _, change in ipairs(changes) do
    if change.verb == "drop" then drops[change.object] = true end
  end
  for _, change in ipairs(changes) do
    for _, loss in ipairs(lost_by(change, drops)) do
      local o = loss.object
      if not said[o.id] then list[#list + 1] = { kind = o.kind.kind, name = o.name, why = loss.why } end
      said[o.id] = true
    end
  end
  return list
end

return losses

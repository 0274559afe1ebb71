-- conversion.lua: how a value of one type (types.lua) is converted to another type.

local core = ...
local types = core.require "schema.sql.types"

local conversion = {}

-- The cast from one type to another: "i", "a" or "e", or nil; between arrays, that of their elements.
local function cast(old, new)
  local from, to = types.element(old), types.element(new)
  if not (from and to) then from, to = old, new end
  return new.snapshot.casts[types.split(from.type) .. " " .. types.split(to.type)]
end

-- Are the attributes of a composite type in another order, so that the string of an old value is not the string of the
-- new value?
local function is_moved(old, new)
  old, new = types.below(old), types.below(new)
  for _, within in ipairs { types.element, types.bound } do
    local from, to = within(old), within(new)
    if from and to then return is_moved(from, to) end
  end
  local had, has = types.attributes(old), types.attributes(new)
  if not (had and has) then return false end
  for i = 1, math.max(#had, #has) do
    if not (had[i] and has[i]) or had[i].name ~= has[i].name or is_moved(had[i], has[i]) then return true end
  end
  return false
end

local function refuse(old, new)
  error({ message = ("moonbird cannot convert values of %s to %s: the attributes of a composite type are in another order")
            :format(old.type, new.type),
          hint = "Keep the order of the attributes and add new ones at the end, or write this migration by hand." }, 0)
end

local by_name

local function attribute(value, old, new)
  if not old then return "NULL" end
  local field = ("(%s).%s"):format(value, old.name)
  if is_moved(old, new) then return by_name(field, old, new) end
  local made = types.is_made(old) or types.is_made(new)
  if not made and (old.type == new.type or cast(types.below(old), types.below(new))) then return field end
  return ("%s::text::%s"):format(field, new.type)
end

-- Converts a composite value attribute by attribute, by their names. A row of NULLs is not NULL.
function by_name(value, old, new)
  local had, has = types.attributes(types.below(old)), types.attributes(types.below(new))
  if not (had and has) then refuse(old, new) end
  local fields = {}
  for i, one in ipairs(has) do fields[i] = attribute(value, had[one.name], one) end
  local row = #has > 0 and ("ROW(%s)"):format(table.concat(fields, ", ")) or "'()'"
  return ("CASE WHEN %s IS NOT DISTINCT FROM NULL THEN NULL ELSE %s::%s END"):format(value, row, new.type)
end

-- The expression for USING in ALTER COLUMN TYPE; nil if PostgreSQL converts by itself.  `old`, `new`: columns.
function conversion.using(old, new)
  local value = new.column
  if is_moved(old, new) then return by_name(value, old, new) end
  -- A type of the same name was dropped and created again.
  if old._base == new._base then return old.type == new.type and ("%s::text::%s"):format(value, new.type) or nil end
  local context = cast({ snapshot = old.snapshot, type = old._base }, { snapshot = new.snapshot, type = new._base })
  if context == "i" or context == "a" then return nil end
  -- Any type can be assigned to a string; a string needs an explicit cast to another type.
  if not context and new._string then return nil end
  local direct = context or old._string
  return ("%s%s::%s"):format(value, direct and "" or "::text", new.type)
end

return conversion

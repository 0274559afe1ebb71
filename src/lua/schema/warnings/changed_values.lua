-- changed_values.lua: what a change of a column's type may do to its values.

local core = ...
local conversion = core.require "schema.sql.conversion"
local types = core.require "schema.sql.types"
local text = core.require "schema.sql.text"

local changed_values = {}

-- Types that keep every value ---------------------------------------------------

local integers = text.set { "smallint", "integer", "bigint" }

-- For each type, other types whose values it keeps or refuses; it never changes one silently.
local holds = {
  smallint = integers, integer = text.set { "smallint", "bigint", "boolean" }, bigint = integers, numeric = integers, json = text.set { "jsonb", "text", "character varying" },
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


-- Reasons -----------------------------------------------------------------------

local ROUNDED = "fractions are rounded"
local SESSION = "of the session's time zone"

-- What is lost by the cast from one type to another, whatever their modifiers are.
local casts = {
  ["double precision"] = { numeric = "values are rounded to about 15 digits", bigint = "values are rounded to about 15 digits" },
  boolean = { integer = "each number but 0 becomes true" },
  date = { ["timestamp without time zone"] = "the time of day is lost",
           ["timestamp with time zone"] = "the time of day is lost, and the date is that " .. SESSION },
  ["time without time zone"] = {
    ["timestamp without time zone"] = "the date is lost", interval = "whole days are lost",
    ["timestamp with time zone"] = "the date is lost, and the time is that " .. SESSION,
    ["time with time zone"] = "the offset from UTC is lost" },
  ["time with time zone"] = { ["timestamp with time zone"] = "the date is lost",
                              ["time without time zone"] = "each time gets the offset " .. SESSION },
  ["timestamp without time zone"] = { ["timestamp with time zone"] = "each time becomes the local time " .. SESSION },
  ["timestamp with time zone"] = { ["timestamp without time zone"] = "each time is read as a local time " .. SESSION,
                                   date = "each date becomes midnight " .. SESSION },
  jsonb = { json = "white space, the order of keys and repeated keys are lost" },
  name = { text = "values are cut after 63 bytes", ["character varying"] = "values are cut after 63 bytes",
           character = "values are cut after 63 bytes" },
  numeric = { ["double precision"] = "values are rounded to 15 digits", real = "values are rounded to 6 digits" },
}
for _, type in ipairs { "integer", "bigint", "numeric", "double precision" } do
  casts.real = casts.real or {}
  casts.real[type] = "values are rounded to about 6 digits"
end
for type in pairs(integers) do
  casts[type] = { numeric = ROUNDED, ["double precision"] = ROUNDED, real = ROUNDED }
end

local strings = text.set { "text", "character varying", "character" }

local function digits(n) return ("%d digit%s after the point"):format(n, n == "1" and "" or "s") end

-- What is lost by the length, precision or scale of a type.
local function by_modifier(name, modifier)
  if name == "character varying" or name == "character" then
    return ("values longer than %s characters make the statement fail, and blanks after that are cut"):format(modifier)
  end
  if name == "numeric" then return "values are rounded to " .. digits(modifier:match ",(%-?%d+)$" or "0") end
  if fractions[name] and modifier == "0" then return "seconds are rounded to whole seconds" end
  if fractions[name] and tonumber(modifier) then return "seconds are rounded to " .. digits(modifier) end
  if name == "bit" then return ("values that do not have %s bits make the statement fail"):format(modifier) end
  if name == "bit varying" then return ("values of more than %s bits make the statement fail"):format(modifier) end
end

local function of_attributes(had, has)
  local names = {}
  for _, attribute in ipairs(had) do
    local now = has[attribute.name]
    if not now then return ("the attribute %s is lost"):format(attribute.name) end
    if not is_lossless(attribute, now) then names[#names + 1] = attribute.name end
  end
  return ("values of the attribute %s may change"):format(names[1])
end

-- The reason for a cast between two types, neither of which is a domain or an array.
local function of_cast(old, new)
  local had, has = types.attributes(old), types.attributes(new)
  if had and has then return of_attributes(had, has) end
  local from, to = types.split(old.type), types.split(new.type)
  local _, modifier = types.split(new.type)
  local cast = casts[to] and casts[to][from]
  local narrow = modifier and (from == to or strings[to] or casts[to]) and by_modifier(to, modifier)
  if cast and narrow and to ~= "numeric" then return cast .. ", and " .. narrow end
  return narrow or cast
end

-- Why ALTER COLUMN TYPE may lose a part of the values, in words; nil if it keeps all.  `old`, `new`: columns.
function changed_values.why(old, new)
  if new._foreign or new.generated or is_lossless(old, new) then return nil end
  local using = conversion.using(old, new)
  local before, after = types.below(old), types.below(new)
  local from, to = types.element(before), types.element(after)
  while from and to do
    before, after = types.below(from), types.below(to)
    from, to = types.element(before), types.element(after)
  end
  local why = of_cast(before, after)
  local read = using and (using:find("::text::", 1, true) or old._string)
  if types.attributes(before) and why or why and not read then return why end
  if read then
    return ("%s reads each value as a string: a string that it refuses makes the statement fail, and others may change"):format(new.type)
  end
  return ("it is not certain that %s keeps each value of %s"):format(new.type, old.type)
end

return changed_values

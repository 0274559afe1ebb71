-- casts.lua: does the value of one type become one of another type, and how?

local casts = {}

-- "integer bigint" → "i", "a" or "e": pg_cast.castcontext.  `binary` has the pairs whose values are the same bytes.
function casts.read(db)
  local list = { binary = {} }
  for _, row in ipairs(db:query [[
SELECT format_type(castsource, NULL) || ' ' || format_type(casttarget, NULL) AS pair, castcontext::text AS context,
       castmethod = 'b' AS binary
  FROM pg_cast]]) do
    list[row.pair], list.binary[row.pair] = row.context, row.binary
  end
  return list
end

local function element(type, other)
  local of, other_of = type:match "^(.*)%[%]$", other:match "^(.*)%[%]$"
  if of and other_of then return of, other_of end
  return type, other
end

-- What USING must say after the column's name in ALTER COLUMN TYPE: nil if PostgreSQL converts by itself.
-- `old`, `new`: { type, _base = the type without its modifier and below its domain, _string = is it a string type? }
function casts.using(known, old, new)
  if old._base == new._base then
    -- The same name: the type was dropped and created again.
    return old.type == new.type and "::text::" .. new.type or nil
  end
  local from, to = element(old._base, new._base)
  local context = known[from .. " " .. to]
  if context == "i" or context == "a" then return nil end
  if context == "e" then return "::" .. new.type end
  -- Any type becomes a string in an assignment; a string becomes any type if asked.
  if new._string then return nil end
  if old._string then return "::" .. new.type end
  return "::text::" .. new.type
end

-- Types whose values need no conversion where their lengths only grow.
local grow = { ["character varying"] = true, ["bit varying"] = true, numeric = true, ["timestamp without time zone"] = true,
               ["timestamp with time zone"] = true, ["time without time zone"] = true, ["time with time zone"] = true }

-- The length or precision of a type, and its scale.
local function modifiers(type)
  local first, second = type:match "%((%d+),?(%-?%d*)%)"
  return tonumber(first), tonumber(second)
end

-- Is a type a domain or an array of some?
local function is_plain(o) return o.type:gsub("%(.-%)", "") == o._base end

-- Which form of ALTER COLUMN TYPE leads from one column to the other: a key of facts/statements.lua.
function casts.form(known, old, new)
  local length, scale = modifiers(new.type)
  local before, scale_before = modifiers(old.type)
  local plain = is_plain(old) and is_plain(new)
  if plain and not length and known.binary[old._base .. " " .. new._base] then
    return "AlterTable.AlterColumnType.binary_coercible"
  end
  local wider = not length or before and length >= before and scale == scale_before
  if plain and old._base == new._base and grow[new._base] and wider then return "AlterTable.AlterColumnType.wider" end
  return "AlterTable.AlterColumnType"
end

return casts

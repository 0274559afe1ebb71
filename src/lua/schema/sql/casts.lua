-- casts.lua: the casts of a database, and what a change of a column's type does to the table.

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

-- Types whose values need no conversion if the length only grows.
local grow = { ["character varying"] = true, ["bit varying"] = true, numeric = true, ["timestamp without time zone"] = true,
               ["timestamp with time zone"] = true, ["time without time zone"] = true, ["time with time zone"] = true }

-- The length or precision of a type, and its scale.
local function modifiers(type)
  local first, second = type:match "%((%d+),?(%-?%d*)%)"
  return tonumber(first), tonumber(second)
end

-- Is a type a domain, or an array of a domain?
local function is_plain(o) return o.type:gsub("%(.-%)", "") == o._base end

-- The key in facts/statements.lua of the form of ALTER COLUMN TYPE that leads from one column to the other.
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

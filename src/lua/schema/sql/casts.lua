-- casts.lua: does the value of one type become one of another type, and how?

local casts = {}

-- "integer bigint" → "i", "a" or "e": pg_cast.castcontext.
function casts.read(db)
  local list = {}
  for _, row in ipairs(db:query [[
SELECT format_type(castsource, NULL) || ' ' || format_type(casttarget, NULL) AS pair, castcontext::text AS context
  FROM pg_cast]]) do
    list[row.pair] = row.context
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

return casts

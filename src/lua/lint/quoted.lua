-- quoted.lua: names as SQL.

-- The words that PostgreSQL 13 to 18 do not allow as the name of a column or table.
local reserved = {}
for word in ([[all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
               column concurrently constraint create cross current_catalog current_date current_role current_schema
               current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch
               for foreign freeze from full grant group having ilike in initially inner intersect into is isnull join
               lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or order
               outer overlaps placing primary references returning right select session_user similar some symmetric
               system_user table tablesample then to trailing true union unique user using variadic verbose when where
               window with]]):gmatch "%S+" do
  reserved[word] = true
end

-- One name, in quotes if it needs them.
local function quoted(name)
  if name:find "^[%l_][%l%d_$]*$" and not reserved[name] then return name end
  return '"' .. name:gsub('"', '""') .. '"'
end

-- A name, a list of its parts, or a RangeVar.
return function(of)
  if type(of) == "string" then return quoted(of) end
  local parts = of.relname and { of.schemaname or of.relname, of.schemaname and of.relname } or of
  local list = {}
  for i, part in ipairs(parts) do list[i] = quoted(part) end
  return table.concat(list, ".")
end

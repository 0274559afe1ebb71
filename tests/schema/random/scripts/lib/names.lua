-- names.lua: names of objects, many of which need quotes.

local pick = require "pick"

local names = {}

local plain = { "users", "orders", "items", "prices", "notes", "visits", "rooms", "tags", "teams", "logs" }
local columns = { "id", "name", "total", "state", "created_at", "kind", "parent", "note", "rank", "code" }
local odd = { "Mixed Case", "dot.ted", 'qu"ote', '"', "o'clock", "ünïcode", "日本語", "100%", "%s", "back\\slash", "$1", "a--b",
              "select", "user", "table", "order", "(x)", "a, b", "1st", "x y", "semi;colon", ":colon", "tab\tbed", "E'" }

-- A name of exactly 63 bytes, some of which may be parts of one character.
local function long(number)
  local filler = pick.one { "x", "X y", "é" }
  local name = filler:rep(63) .. number
  name = name:sub(#name - 62)
  while not utf8.len(name) do name = "x" .. name:sub(2) end
  return name
end

local function any(words, number)
  if pick.chance(65) then return pick.one(words) .. "_" .. number end
  if pick.chance(10) then return long(number) end
  return pick.one(odd) .. number
end

-- `number` makes the name unique.
function names.object(number) return any(plain, number) end
function names.column(number)
  if pick.chance(50) then return columns[number] or "column_" .. number end
  return any(columns, number)
end

-- The name as SQL.
function names.quote(name)
  if name:find "^[%l_][%l%d_]*$" then return name end
  return '"' .. name:gsub('"', '""') .. '"'
end

function names.literal(value)
  local quoted = "'" .. value:gsub("'", "''"):gsub("\\", "\\\\") .. "'"
  return value:find("\\", 1, true) and " E" .. quoted or quoted
end

-- The qualified name of an operator, which is in public if no schema is known.
function names.operator(o) return names.quote(o.schema and o.schema.name or "public") .. "." .. o.symbol end

-- The qualified name of an object that is in a schema.
function names.of(o) return (o.schema and names.quote(o.schema.name) .. "." or "") .. names.quote(o.name) end

return names

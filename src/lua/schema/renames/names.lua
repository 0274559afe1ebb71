-- names.lua: names that a person writes, and those of the objects of a snapshot.

local names = {}

-- The quoted identifier at this place, with its quotes; nil if there is none.
function names.quoted_at(text, at)
  local last = at
  if text:sub(at, at) ~= '"' then return nil end
  repeat
    last = text:find('"', last + 1, true)
    local doubled = last and text:sub(last + 1, last + 1) == '"'
    if doubled then last = last + 1 end
  until not doubled
  return last and text:sub(at, last)
end

-- "a.b" → { "a", "b" }; quoted parts keep their quotes.
function names.parts(name)
  local parts, at = {}, 1
  while at <= #name do
    local part = names.quoted_at(name, at) or name:match("^[^.]+", at)
    if not part then return parts end
    parts[#parts + 1] = part
    at = at + #part + 1
  end
  return parts
end

-- The name with its schema, where it has fewer than `n` parts.
function names.qualify(parts, n)
  local first = #parts >= n and "" or "public."
  return first .. table.concat(parts, ".")
end

function names.with_last(name, last)
  local parts = names.parts(name)
  parts[#parts] = last
  return table.concat(parts, ".")
end

function names.last(name)
  local parts = names.parts(name)
  return parts[#parts]
end

-- "public.users" of "public.users.mail"
function names.parent(name)
  local parts = names.parts(name)
  return table.concat(parts, ".", 1, #parts - 1)
end

-- An identifier as PostgreSQL reads it: in lower case, unless it is quoted.
function names.folded(part)
  return part:sub(1, 1) == '"' and part or (part:gsub("%u", string.lower))
end

-- The parts of a name without quotes.
function names.plain_parts(name)
  local list = {}
  for i, part in ipairs(names.parts(name)) do
    list[i] = part:sub(1, 1) == '"' and part:sub(2, -2):gsub('""', '"') or names.folded(part)
  end
  return list
end

-- What is equal for two names of one object, such as Users and "users".
local function key_of(name) return table.concat(names.plain_parts(name), "\0") end

-- The object of a snapshot with this full name, written in any way.
function names.find(snapshot, kind, name)
  local exact, key = snapshot.objects[kind .. " " .. name], key_of(name)
  if exact then return exact end
  for _, object in ipairs(snapshot.of_kind(kind)) do
    if key_of(object.name) == key then return object end
  end
end

-- The object of one of these kinds; the kind COLUMN has a name with one more part.
function names.find_any(snapshot, kinds, name)
  local parts = names.parts(name)
  for _, kind in ipairs(kinds) do
    local object = names.find(snapshot, kind, names.qualify(parts, kind == "COLUMN" and 3 or 2))
    if object then return object end
  end
end

return names

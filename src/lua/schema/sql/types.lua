-- types.lua: properties of a type in a snapshot.
--
-- A type is { snapshot = the snapshot that has it, type = its name as PostgreSQL prints it, with its modifier }. A
-- column of a snapshot has these fields, so it is one, too.

local types = {}

-- The type with this name in the snapshot of another type.
local function sibling(type, name) return { snapshot = type.snapshot, type = name } end

-- The name without the modifier, and the modifier: "numeric(10,2)[]" → "numeric[]", "10,2"
function types.split(name)
  local before, modifier, after = name:match '^([^(]*)%(([^()"]*)%)([^"]*)$'
  if not before then before, modifier, after = name:match '^(".*"[^(]*)%(([^()"]*)%)([^"]*)$' end
  if not before then return name, nil end
  return before .. after, modifier
end

-- The object of a type, if it is of this kind.
local function object(type, kind) return type.snapshot.objects[kind .. " " .. types.split(type.type)] end

-- The base type of a domain, or the type itself.
function types.below(type)
  local domain = object(type, "DOMAIN")
  while domain do
    type = sibling(type, domain.type)
    domain = object(type, "DOMAIN")
  end
  return type
end

function types.is_enum(type) return object(type, "ENUM") ~= nil end

-- Calls fn for each composite type in a type, and for the type itself if it is composite.
function types.each_composite(type, fn)
  type = types.below(type)
  local within = types.element(type) or types.bound(type)
  if within then return types.each_composite(within, fn) end
  local composite = object(type, "COMPOSITE TYPE")
  if not composite then return end
  fn(composite)
  for _, attribute in ipairs(types.attributes(type)) do types.each_composite(attribute, fn) end
end

-- The type of an array's elements, or nil.
function types.element(type)
  local name = type.type:match "^(.*)%[%]$"
  return name and sibling(type, name)
end

-- The type of a range's bounds, or nil.
function types.bound(type)
  local range = object(type, "RANGE")
  return range and sibling(type, range.definition:match "^SUBTYPE = ([^,]*)")
end

-- The attributes of a composite type: a list of types with a `name`, which also has each attribute by its name; nil for
-- another type.
function types.attributes(type)
  local composite = object(type, "COMPOSITE TYPE")
  if not composite then return nil end
  local list = {}
  for i, name in ipairs(composite._names) do
    list[i] = { snapshot = type.snapshot, type = composite._types[i], name = name }
    list[name] = list[i]
  end
  return list
end

-- Is the type, or the type of its elements, an object of this schema?
function types.is_made(type)
  local plain = types.element(type) or type
  for _, kind in ipairs { "ENUM", "DOMAIN", "COMPOSITE TYPE", "RANGE", "BASE TYPE" } do
    if object(plain, kind) then return true end
  end
  return false
end

return types

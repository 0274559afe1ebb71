-- coverage.lua: counts what differs between the schemas of pairs, by the kind of object and by field.

local coverage = {}

local counts, names = {}, {}

local function count(name, how)
  if not counts[name] then
    counts[name] = { created = 0, dropped = 0, altered = 0 }
    names[#names + 1] = name
  end
  counts[name][how] = counts[name][how] + 1
end

-- References to other objects, and what is not compared.
local apart = { id = true, needs = true, parts = true, row_types = true }

local function is_compared(field, value)
  return not (apart[field] or field:find "^_" or type(value) == "table" and (value.kind or value.list))
end

local function text(value) return type(value) == "table" and table.concat(value, "\0") or tostring(value) end

local function count_fields(old, new)
  local altered = false
  local fields = {}
  for _, o in ipairs { old, new } do
    for field, value in pairs(o) do fields[field] = field ~= "kind" and is_compared(field, value) or nil end
  end
  for field in pairs(fields) do
    if text(old[field]) ~= text(new[field]) then
      count(new.kind.kind .. " " .. field, "altered")
      altered = true
    end
  end
  if altered then count(new.kind.kind, "altered") end
end

-- from, to: two snapshots
function coverage.add(from, to)
  for _, old in ipairs(from.list) do
    if not to.objects[old.id] then count(old.kind.kind, "dropped") end
  end
  for _, new in ipairs(to.list) do
    local old = from.objects[new.id]
    if old then count_fields(old, new) else count(new.kind.kind, "created") end
  end
end

-- → lines
function coverage.lines()
  local list = {}
  table.sort(names)
  for i, name in ipairs(names) do
    local n = counts[name]
    list[i] = ("%7d created %7d altered %7d dropped  %s"):format(n.created, n.altered, n.dropped, name)
  end
  return list
end

return coverage

-- shrink.lua: makes a pair of schemas smaller while it still fails.

-- The statements without some of them.
local function without(list, removed)
  local rest = {}
  for _, sql in ipairs(list) do
    if not removed[sql] then rest[#rest + 1] = sql end
  end
  return rest
end

local function distinct(a, b)
  local list, seen = {}, {}
  for _, statements in ipairs { a, b } do
    for _, sql in ipairs(statements) do
      if not seen[sql] then list[#list + 1] = sql end
      seen[sql] = true
    end
  end
  return list
end

-- Tries to remove `size` statements at once, at each place, from the end: what comes later needs what comes before.
local function remove(a, b, size, fails)
  local list = distinct(a, b)
  for last = #list, 1, -size do
    local removed = {}
    for i = math.max(last - size + 1, 1), last do removed[list[i]] = true end
    local less_a, less_b = without(a, removed), without(b, removed)
    if fails(less_a, less_b) then a, b = less_a, less_b end
  end
  return a, b
end

-- Tries to remove single statements of one of the two schemas.
local function remove_from_one(a, b, fails)
  for _, sql in ipairs(distinct(a, b)) do
    local less_a, less_b = without(a, { [sql] = true }), without(b, { [sql] = true })
    if #less_a < #a and fails(less_a, b) then a = less_a
    elseif #less_b < #b and fails(a, less_b) then b = less_b end
  end
  return a, b
end

-- fails(a, b): does this pair fail? → a, b
return function(a, b, fails)
  local size = #distinct(a, b) // 2
  while size >= 1 do
    a, b = remove(a, b, size, fails)
    size = size // 2
  end
  a, b = remove_from_one(a, b, fails)
  return remove(a, b, 1, fails)
end

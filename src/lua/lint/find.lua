-- find.lua: the statements of a migration by what they are about, so that a rule need not look at all of them for each
-- statement.
--
-- `keys` is a function of a statement that returns the list of its keys, such as the names of what it creates; it must depend
-- on nothing else. It is called once for each statement that has a tree, and so it must be the same function each time.

local find = {}

local known = setmetatable({}, { __mode = "k" }) -- the list of statements → a function `keys` → a key → numbers

local function index(statements, keys)
  local by = known[statements] or {}
  known[statements] = by
  if by[keys] then return by[keys] end
  local numbers = {}
  for i, statement in ipairs(statements) do
    for _, key in ipairs(statement.tree and keys(statement) or {}) do
      local list = numbers[key] or {}
      numbers[key] = list
      if list[#list] ~= i then list[#list + 1] = i end
    end
  end
  by[keys] = numbers
  return numbers
end

-- The place in the list of the first number that is greater than `n`.
local function first_after(list, n)
  local low, high = 1, #list + 1
  while low < high do
    local middle = (low + high) // 2
    if list[middle] > n then high = middle else low = middle + 1 end
  end
  return low
end

local none = {}

-- Iterates over the statements after number `n` that have the key: number, statement.
function find.after(statements, keys, key, n)
  local list = index(statements, keys)[key] or none
  local i = first_after(list, n) - 1
  return function()
    i = i + 1
    if list[i] then return list[i], statements[list[i]] end
  end
end

-- Iterates over the statements before number `n` that have the key: number, statement.
function find.earlier(statements, keys, key, n)
  local list, i = index(statements, keys)[key] or none, 0
  return function()
    i = i + 1
    if list[i] and list[i] < n then return list[i], statements[list[i]] end
  end
end

-- The last statement before number `n` that has the key: its number, and the statement; or nil.
function find.before(statements, keys, key, n)
  local list = index(statements, keys)[key] or none
  local i = list[first_after(list, n - 1) - 1]
  if i then return i, statements[i] end
end

-- Has a statement the key, whatever its place?
function find.any(statements, keys, key) return index(statements, keys)[key] ~= nil end

return find

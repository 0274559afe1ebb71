-- foreign_keys.lua: foreign keys in the tables that tables.lua knows.

local foreign_keys = {}

-- Are all indexes on the columns of the foreign key known, because the checked migrations make the columns?
function foreign_keys.is_known(key, of)
  for _, column in ipairs(key.columns) do
    if not of.columns[column] then return false end
  end
  return not of.inherits
end

local function set(list)
  local all = {}
  for _, each in ipairs(list) do all[each] = true end
  return all
end

-- Does the condition of a partial index only leave out rows without a reference?
local function is_not_null(condition, columns)
  return condition.tag == "NullTest" and condition.nulltesttype == "IS_NOT_NULL" and condition.arg.tag == "ColumnRef"
         and columns[condition.arg.fields[#condition.arg.fields]]
end

-- How many of the index's first columns are those of the key: all of them find the rows of one reference.
local function served(index, key)
  local columns = set(key.columns)
  if index.method and index.method ~= "btree" and index.method ~= "hash" then return 0 end
  if index.where and not is_not_null(index.where, columns) then return 0 end
  local most = math.min(#key.columns, #index.columns)
  for i = 1, most do
    if not columns[index.columns[i]] then return i - 1 end
  end
  return most
end

-- The index that finds the rows of one reference; or nil, and the index whose first columns, and how many, are at least some of
-- the key's.
function foreign_keys.index(key, of)
  local some, most = nil, 0
  for _, index in ipairs(of.indexes) do
    local n = served(index, key)
    if n > 0 and n == math.min(#key.columns, #index.columns) then return index end
    if n > most then some, most = index, n end
  end
  return nil, some, most
end

local function primary_key(of)
  for _, index in ipairs(of.indexes) do
    if index.primary then return index.columns end
  end
end

-- The pairs of columns, { referencing, referenced }, whose types are known.
function foreign_keys.pairs(key, of, tables)
  local list, target = {}, tables:find(key.target)
  local names = target and (key.target_columns or primary_key(target)) or {}
  for i, name in ipairs(names) do
    local mine, theirs = of.columns[key.columns[i]], target.columns[name]
    if mine and theirs then list[#list + 1] = { mine, theirs } end
  end
  return list
end

return foreign_keys

-- links.lua: links from a row to its own page, to the rows that it references, and to the rows that reference it.

local links = {}

local function query_of(schema, name, key, more)
  local query = { schema = schema, table = name }
  if key then query.key = moonbird.json.encode(key) end
  for field, value in pairs(more or {}) do query[field] = value end
  return query
end

function links.row(relation, key) return { "row", query_of(relation.schema, relation.name, key) } end

function links.value(relation, key, column)
  return { "value", query_of(relation.schema, relation.name, key, { column = column.name }) }
end

-- The key { to = value of from } of a foreign key; nil if a value is NULL, or cut.
local function referred(from, to, values)
  local key = {}
  for i, name in ipairs(from) do
    if values[name] == nil then return nil end
    key[to[i]] = values[name]
  end
  return key
end

local function values_of(columns, cells)
  local values = {}
  for i, column in ipairs(columns) do
    if not cells[i].length then values[column.name] = cells[i].text end
  end
  return values
end

-- Adds `link` and `whole` to the cells of a row.
function links.add(relation, columns, row)
  local values, by_column = values_of(columns, row.cells), {}
  for _, key in ipairs(relation.foreign_keys) do
    local target = key.outgoing and referred(key.from_columns, key.to_columns, values)
    for _, name in ipairs(target and key.from_columns or {}) do
      by_column[name] = by_column[name] or { "row", query_of(key.to_schema, key.to_table, target) }
    end
  end
  for i, column in ipairs(columns) do
    row.cells[i].link = by_column[column.name]
    row.cells[i].right = column.category == "N"
    if row.cells[i].length and row.key then row.cells[i].whole = links.value(relation, row.key, column) end
  end
end

-- The rows of other tables that refer to this one: { { title, page, query }, ... }.
function links.referring(relation, row)
  local values, list = values_of(relation.columns, row.cells), {}
  for _, key in ipairs(relation.foreign_keys) do
    local where = key.to_schema == relation.schema and key.to_table == relation.name and referred(key.to_columns, key.from_columns, values)
    if where then
      list[#list + 1] = { ("%s.%s (%s)"):format(key.from_schema, key.from_table, table.concat(key.from_columns, ", ")), "data",
        { schema = key.from_schema, table = key.from_table, where = moonbird.json.encode(where) } }
    end
  end
  return list
end

return links

-- row: one row with all its values, the rows that it refers to, and those that refer to it; with --write, a form that
-- changes it, or inserts a new one.

local function decode(text)
  local ok, value = pcall(moonbird.json.decode, text or "")
  return ok and type(value) == "table" and value ~= moonbird.null and next(value) and value or nil
end

local function find(db, ctx, query)
  return ctx.studio.use "catalog.table".for_rows(db, query.schema or "public", query.table or "")
end

local function field_of(change, column, cell)
  local why
  if not change.can_set(column) then why = "set by PostgreSQL" elseif cell and cell.length then why = "too long to edit here" end
  return {
    name = column.name, type = column.type, text = cell and cell.text, null = cell ~= nil and cell.text == nil, not_null = column.not_null,
    default = column.default, choices = column.base == "bool" and { "true", "false" } or nil, read_only = why,
  }
end

-- The values of the form are those of PostgreSQL: arrays as {a,b}, not as the JSON that is shown.
local function form_of(db, ctx, relation, row)
  local change, fields = ctx.studio.use "rows.change", {}
  local texts = row and ctx.studio.use "rows.select".texts(db, relation, row)
  for i, column in ipairs(relation.columns) do
    local cell = row and { text = texts[i], length = row.cells[i].length }
    fields[i] = field_of(change, column, cell)
  end
  return { fields = fields, action = row and "update" or "insert", key = row and row.key, version = row and row.version,
           query = { schema = relation.schema, table = relation.name, key = row and moonbird.json.encode(row.key) } }
end

local function read_row(db, ctx, relation, key)
  local row = ctx.studio.use "rows.select".one(db, relation, key)
  if row then ctx.studio.use "rows.links".add(relation, relation.columns, row) end
  return row
end

local function describe(relation, row)
  local names = {}
  for i, column in ipairs(relation.columns) do names[i] = { name = column.name, type = column.type } end
  return { columns = names, cells = row.cells }
end

local function missing() return { missing = "There is no such row, or more than one." } end

return {
  title = "Row",
  menu  = "data",

  data = function(db, ctx, query)
    local relation, key = find(db, ctx, query), decode(query.key)
    if not relation or not key and query.new ~= "1" then return missing() end
    local row = key and read_row(db, ctx, relation, key)
    if key and not row then return missing() end
    local why = ctx.studio.use "rows.change".refusal(ctx, relation)
    return {
      title = relation.schema .. "." .. relation.name, query = { schema = relation.schema, table = relation.name },
      row = row and describe(relation, row), referring = row and ctx.studio.use "rows.links".referring(relation, row) or {},
      form = not why and (not row or row.version and row.key) and form_of(db, ctx, relation, row) or nil,
      refusal = ctx.studio.write and why or nil,
    }
  end,

  show = function(data)
    if data.missing then return { { "text", value = data.missing } } end
    local list = { { "links", value = { { "All rows", "data", data.query }, { "Columns, keys, indexes", "table", data.query } } } }
    if data.row then list[#list + 1] = { "row", value = data.row } end
    if #data.referring > 0 then list[#list + 1] = { "links", title = "Rows that refer to it", value = data.referring } end
    if data.form then list[#list + 1] = { "edit", title = data.row and "Edit" or "Insert a row", value = data.form }
    elseif data.refusal then list[#list + 1] = { "text", value = data.refusal, class = "note" } end
    return list
  end,

  -- { action, key, version, values, preview } -> { sql }, or, once it is done, { location }
  post = function(db, ctx, query, body)
    local change, relation = ctx.studio.use "rows.change", find(db, ctx, query)
    if not relation then error("there is no such table", 0) end
    change.check(ctx, relation)
    local statement = change.statement(relation, body)
    if body.preview == true then return { sql = statement:text(db) } end
    ctx.project:edit(change.run, db, statement, body.action)
    local key = body.action == "update" and change.key_after(body)
    return { location = ctx.studio.page.url(key and "row" or "data",
      { schema = relation.schema, table = relation.name, key = key and moonbird.json.encode(key) or nil }) }
  end,
}

-- data: the rows of a table, page by page.

local FILTERS = 3

local function given(value) return value ~= nil and value ~= "" and value or nil end

local function decode(text, what)
  local ok, value = pcall(moonbird.json.decode, text)
  if not ok or type(value) ~= "table" then error(("the address has no valid \"%s\""):format(what), 0) end
  return value
end

local function filters_of(query)
  local list = {}
  for i = 1, FILTERS do
    local n = i > 1 and i or ""
    local column, operator = given(query["column" .. n]), given(query["operator" .. n])
    if column then list[#list + 1] = { column = column, operator = operator or "=", value = query["value" .. n] or "" } end
  end
  return list
end

local function request_of(query)
  return {
    sort = given(query.sort), descending = query.descending == "1", filters = filters_of(query),
    where = given(query.where) and decode(query.where, "where"), after = given(query.after) and decode(query.after, "after"),
    before = given(query.before) and decode(query.before, "before"), last = query.last == "1",
    offset = given(query.offset) and math.max(0, math.tointeger(tonumber(query.offset)) or 0),
  }
end

-- The address of the page with other keys; the place in the rows is not kept.
local function address(query, more)
  local all = {}
  for key, value in pairs(query) do all[key] = value end
  for _, key in ipairs { "after", "before", "last", "offset" } do all[key] = nil end
  for key, value in pairs(more) do all[key] = value or nil end
  return all
end

local function place(found) return found and { after = found.after and moonbird.json.encode(moonbird.json.array(found.after)), before = found.before and moonbird.json.encode(moonbird.json.array(found.before)), offset = found.offset } end

local function pager(page, query)
  local function to(title, found, rel) return { title = title, page = "data", query = found and address(query, found), rel = rel } end
  return {
    to("First", page.previous and {}), to("Previous", place(page.previous), "prev"), to("Next", place(page.next), "next"),
    page.way == "key" and to("Last", page.next and { last = "1" }) or nil,
  }
end

local function columns_of(page, query, relation)
  local list = {}
  local sort = given(query.sort) or not given(query.sort) and relation.key and relation.key[1].name
  for i, column in ipairs(page.columns) do
    local sorted = column.name == sort
    local down = query.descending == "1"
    list[i] = { name = column.name, type = column.type, order = sorted and (down and "descending" or "ascending") or nil }
    if column.sortable then
      list[i].link = { "data", address(query, { sort = column.name, descending = sorted and not down and "1" or false }) }
    end
  end
  return list
end

local notes = {
  place = "The table has no key that finds a row. Its rows are in the order in which they are stored.",
  offset = "No key gives these rows an order, so later pages are slower, and rows can move between pages.",
}

local function describe(relation, page)
  local list = {}
  if relation.rows then list[1] = ("About %s rows."):format(page.count(relation.rows)) end
  list[#list + 1] = notes[page.way]
  if relation.has_children then list[#list + 1] = "Rows of tables that inherit from it are on their own pages." end
  if #page.columns < #relation.columns then
    list[#list + 1] = ("The first %d of %d columns; the page of a row has all."):format(#page.columns, #relation.columns)
  end
  return table.concat(list, " ")
end

local function read_page(db, ctx, relation, query)
  local page = ctx.studio.use "rows.select".page(db, relation, request_of(query))
  local links = ctx.studio.use "rows.links"
  page.count = ctx.studio.use "count"
  for _, row in ipairs(page.rows) do
    links.add(relation, page.columns, row)
    row.link = row.key and links.row(relation, row.key)
  end
  return {
    note = describe(relation, page),
    rows = { columns = columns_of(page, query, relation), rows = page.rows, links = pager(page, query) },
  }
end

local function why(err) return type(err) == "table" and tostring(err.message or err) or tostring(err) end

local function filter_fields(relation, query, operators)
  local names, fields, shown = { "" }, {}, #filters_of(query) + 1
  for i, column in ipairs(relation.columns) do names[i + 1] = column.name end
  for i = 1, math.min(shown, FILTERS) do
    local n = i > 1 and i or ""
    fields[#fields + 1] = { "column" .. n, i > 1 and "and" or "Column", type = "choice", choices = names }
    fields[#fields + 1] = { "operator" .. n, "Operator", type = "choice", choices = operators }
    fields[#fields + 1] = { "value" .. n, "Value" }
  end
  return fields
end

local function links_of(data)
  local query = { schema = data.relation.schema, table = data.relation.name }
  return {
    { "Columns, keys, indexes", "table", query }, { "Diagram", "diagram", query },
    data.edits and { "Insert a row", "row", { schema = query.schema, table = query.table, new = "1" } } or nil,
  }
end

local function where_text(where)
  local list = {}
  for name, value in pairs(where) do list[#list + 1] = name .. (value == moonbird.null and " is null" or " = " .. tostring(value)) end
  table.sort(list)
  return table.concat(list, " and ")
end

local function list_parts(data)
  return { { "table", value = data.tables, filter = true, empty = "There are no tables.", columns = {
    { "schema", "schema" }, { "name", "table", link = function(row) return "data", { schema = row.schema, table = row.name } end },
    { "kind", "kind" }, { "rows", "rows (estimate)", right = true, format = "count" },
  } } }
end

return {
  title = "Data",
  menu  = 40,

  data = function(db, ctx, query)
    if not given(query.table) then return { tables = ctx.studio.use "catalog.tables".list(db, given(query.schema)) } end
    local relation = ctx.studio.use "catalog.table".for_rows(db, query.schema or "public", query.table)
    if not relation then return { missing = ("There is no table %s.%s."):format(query.schema or "public", query.table) } end
    local ok, found = pcall(read_page, db, ctx, relation, query)
    return {
      title = relation.schema .. "." .. relation.name, relation = relation, note = ok and found.note, rows = ok and found.rows,
      problem = not ok and why(found) or nil, operators = ctx.studio.use "rows.filter".operators,
      edits = not ctx.studio.use "rows.change".refusal(ctx, relation),
    }
  end,

  show = function(data, _, query)
    if data.missing then return { { "text", value = data.missing } } end
    if data.tables then return list_parts(data) end
    local list = { { "links", value = links_of(data) } }
    if data.note and data.note ~= "" then list[#list + 1] = { "text", value = data.note, class = "note" } end
    if given(query.where) then
      list[#list + 1] = { "text", value = "Rows where " .. where_text(decode(query.where, "where")) .. "." }
      list[#list + 1] = { "links", value = { { "All rows", "data", address(query, { where = false }) } } }
    end
    list[#list + 1] = { "form", button = "Filter", keep = { "schema", "table", "where", "sort", "descending" },
      fields = filter_fields(data.relation, query, data.operators) }
    if data.problem then list[#list + 1] = { "text", value = data.problem, class = "error" }
    else list[#list + 1] = { "rows", value = data.rows } end
    return list
  end,
}

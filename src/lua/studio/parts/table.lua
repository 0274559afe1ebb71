-- table: rows.  A column is a key of the rows, or
--
--   { "key", "title", right = true, format = "time", link = function(row) return "page", { name = row.name } end }
--
-- Formats: time, ms, bytes, state, code.  `empty` is shown when there is no row.  `filter = true` adds a field that
-- hides rows without the words typed; `export = true` buttons that copy or download the rows as CSV or JSON; a click on a column's title sorts.  Without columns, those of the first row.
local core = ...
local html = core.require "studio.html"
local h, show = html.h, core.require "studio.show_value"

local function column_of(given)
  if type(given) == "string" then return { key = given, title = given } end
  return { key = given[1], title = given[2] or given[1], right = given.right, format = given.format, link = given.link }
end

local function columns_of(part, rows)
  local columns = {}
  local keys = part.columns or {}
  if not part.columns then
    for key in pairs(rows[1] or {}) do keys[#keys + 1] = key end
    table.sort(keys)
  end
  for i, given in ipairs(keys) do columns[i] = column_of(given) end
  return columns
end

local function cell(row, column, page)
  local value = row[column.key]
  local shown = show(value, column.format)
  if column.link and value ~= nil and value ~= moonbird.null then
    local name, query = column.link(row)
    if name then shown = h.a { href = page.url(name, query), shown } end
  end
  local right = column.right or math.type(value) ~= nil and column.right ~= false
  -- What a sort compares: the exact value, where the cell shows another form of it.
  local exact = column.format and value ~= nil and value ~= moonbird.null and tostring(value) or false
  return h.td { class = right and "right" or false, ["data-value"] = exact, shown }
end

-- The rows for buttons that copy or download them.
local function export(part, rows, columns)
  local data = { columns = moonbird.json.array(), rows = moonbird.json.array() }
  for i, column in ipairs(columns) do data.columns[i] = { name = column.title, number = column.right or false } end
  for i, row in ipairs(rows) do
    data.rows[i] = moonbird.json.array()
    for k, column in ipairs(columns) do
      local value = row[column.key]
      data.rows[i][k] = value == nil and moonbird.null or value
    end
  end
  local function button(action, format)
    return h.button { type = "button", ["data-export"] = action .. " " .. format, ("%s as %s"):format(action == "copy" and "Copy" or "Download", format:upper()) }
  end
  return h.p { class = "actions js", ["data-rows"] = moonbird.json.encode(data),
    button("copy", "csv"), button("copy", "json"), button("download", "csv"), button("download", "json") }
end

return {
  keys = { "columns", "empty", "filter", "class", "export" },
  render = function(part, rows, page)
    rows = rows or {}
    if #rows == 0 then return h.p { class = "empty", part.empty or "Nothing to show." } end
    local columns = columns_of(part, rows)
    local head, body = {}, {}
    for i, column in ipairs(columns) do
      head[i] = h.th { scope = "col", class = column.right and "right" or false, column.title }
    end
    for i, row in ipairs(rows) do
      local cells = {}
      for k, column in ipairs(columns) do cells[k] = cell(row, column, page) end
      body[i] = h.tr { cells }
    end
    return {
      part.export and export(part, rows, columns),
      part.filter and h.label { class = "filter js", "Filter ", h.input { type = "search", ["data-filter"] = true } },
      h.div { class = "scroll", tabindex = "0", role = "region", ["aria-label"] = part.title or "Table",
        h.table { class = part.class or false, ["data-sort"] = true, h.thead { h.tr { head } }, h.tbody { body } } },
    }
  end,
}

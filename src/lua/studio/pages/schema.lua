-- schema: the tables and views of the database.

local function totals_of(tables)
  local bytes, views = 0, 0
  for _, found in ipairs(tables) do
    bytes = bytes + (found.bytes or 0)
    if found.kind:find "view" then views = views + 1 end
  end
  return {
    { label = "tables", value = #tables - views, format = "count" }, { label = "views", value = views, format = "count" },
    { label = "size", value = bytes, format = "bytes" },
  }
end

return {
  title = "Schema",
  menu  = 30,

  data = function(db, ctx, query)
    local schema = query.schema ~= "" and query.schema or nil
    local tables = ctx.studio.use "catalog.tables".list(db, schema)
    for _, found in ipairs(tables) do
      if found.partition then found.kind = found.kind .. ", partition" end
    end
    return {
      tables = tables, totals = totals_of(tables),
      links = { { "Functions and types", "functions", { schema = schema } }, { "Diagram", "diagram", { schema = schema } } },
    }
  end,

  show = {
    { "links", data = "links" },
    { "number", data = "totals" },
    { "form", button = "Show", fields = { { "schema", "Schema", placeholder = "all but PostgreSQL's own" } } },
    { "table", data = "tables", filter = true, empty = "There are no tables.", columns = {
      { "schema", "schema" },
      { "name", "name", link = function(row) return "table", { schema = row.schema, table = row.name } end },
      { "kind", "kind" }, { "rows", "rows (estimate)", right = true, format = "count" }, { "bytes", "size", right = true, format = "bytes" },
      { "comment", "comment", format = "text" },
    } },
  },
}

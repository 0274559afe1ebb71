-- functions: the functions, procedures and types of the database.

return {
  title = "Functions and types",
  menu  = "schema",

  data = function(db, ctx, query)
    local schema = query.schema ~= "" and query.schema or nil
    return {
      query = { schema = schema }, functions = ctx.studio.use "catalog.functions".list(db, schema),
      types = ctx.studio.use "catalog.types".list(db, schema),
    }
  end,

  show = function(data)
    return {
      { "links", value = { { "Tables and views", "schema", data.query }, { "Diagram", "diagram", data.query } } },
      { "form", button = "Show", fields = { { "schema", "Schema", placeholder = "all but PostgreSQL's own" } } },
      { "table", title = "Functions", value = data.functions, filter = true, empty = "There are no functions.", columns = {
        { "schema", "schema" },
        { "name", "name", link = function(row) return "function", { schema = row.schema, name = row.name, arguments = row.arguments } end },
        { "arguments", "arguments", format = "code" }, { "result", "returns", format = "code" }, { "kind", "kind" }, { "language", "language" },
        { "comment", "comment", format = "text" },
      } },
      { "table", title = "Types", value = data.types, filter = true, empty = "There are no types.", columns = {
        { "schema", "schema" }, { "name", "name" }, { "kind", "kind" }, { "definition", "definition", format = "code" },
        { "comment", "comment", format = "text" },
      } },
    }
  end,
}

-- function: one function or procedure.

local function facts_of(found)
  local list = { ("%s %s in %s, %s, of %s."):format(found.kind == "aggregate" and "An" or "A", found.kind, found.language, found.volatile, found.owner) }
  if found.definer then list[2] = "It runs with the privileges of its owner (SECURITY DEFINER)." end
  return table.concat(list, " ")
end

return {
  title = "Function",
  menu  = "schema",

  data = function(db, ctx, query)
    local schema, name, arguments = query.schema or "public", query.name or "", query.arguments or ""
    local called = ("%s.%s(%s)"):format(schema, name, arguments)
    local found = ctx.studio.use "catalog.functions".one(db, schema, name, arguments)
    if not found then return { missing = ("There is no function %s."):format(called) } end
    return { title = called, facts = facts_of(found), comment = found.comment, definition = found.definition, triggers = found.triggers }
  end,

  show = function(data)
    if data.missing then return { { "text", value = data.missing } } end
    local list = { { "links", value = { { "All functions and types", "functions" } } }, { "text", value = data.facts, class = "note" } }
    local function add(part) list[#list + 1] = part end
    if data.comment then add { "text", value = data.comment } end
    if data.definition then add { "code", title = "Definition", value = data.definition, language = "sql", copy = true } end
    if #data.triggers > 0 then
      add { "table", title = "Triggers that call it", value = data.triggers, columns = {
        { "name", "trigger" }, { "schema", "schema" },
        { "table", "table", link = function(row) return "table", { schema = row.schema, table = row.table } end } } }
    end
    return list
  end,
}

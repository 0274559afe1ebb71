-- sql: a console for SQL and Lua, which only reads, but in a studio with --write.

local function text(value) return value ~= nil and value ~= moonbird.null and value or nil end

local function node_of(plan)
  local name = plan["Node Type"]
  for _, key in ipairs { "Index Name", "Relation Name", "CTE Name", "Function Name" } do
    if plan[key] then name = ("%s %s %s"):format(name, key == "Index Name" and "using" or "on", plan[key]) end
  end
  local facts = { ("cost %.2f to %.2f, %.0f rows"):format(plan["Startup Cost"] or 0, plan["Total Cost"] or 0, plan["Plan Rows"] or 0) }
  if plan["Actual Total Time"] then
    facts[2] = ("actually %.3f ms, %.0f rows, %.0f loops"):format(plan["Actual Total Time"], plan["Actual Rows"], plan["Actual Loops"])
  end
  local details = {}
  for _, key in ipairs { "Index Cond", "Hash Cond", "Merge Cond", "Join Filter", "Filter", "Recheck Cond", "Sort Key", "Group Key", "Rows Removed by Filter" } do
    local value = plan[key]
    if value then details[#details + 1] = ("%s: %s"):format(key, type(value) == "table" and table.concat(value, ", ") or tostring(value)) end
  end
  local children = {}
  for i, child in ipairs(plan.Plans or {}) do children[i] = node_of(child) end
  return { label = name, note = table.concat(facts, "; "), details = details, children = children }
end

local function error_text(err)
  local lines = { (err.line and ("line %d%s: "):format(err.line, err.column and (", column %d"):format(err.column) or "") or "") .. err.message }
  for _, key in ipairs { "detail", "hint" } do lines[#lines + 1] = text(err[key]) end
  if text(err.sqlstate) then lines[#lines + 1] = "SQLSTATE " .. err.sqlstate end
  return table.concat(lines, "\n\n")
end

local function columns_of(result)
  local columns = {}
  for i, column in ipairs(result.columns) do columns[i] = { i, column.name, right = column.number } end
  return columns
end

local function rows_title(result)
  local shown, seen = #result.rows, result.seen
  if seen <= shown then return ("%d %s"):format(seen, seen == 1 and "row" or "rows") end
  return result.cut and ("The first %d rows; there are more"):format(shown) or ("The first %d of %d rows"):format(shown, seen)
end

local function part_of(result)
  if result.outcome then return { "text", value = result.outcome, class = "note" } end
  if result.error then return { "text", title = "Error", value = error_text(result.error), class = "error" } end
  if result.plan then
    local times = {}
    for _, key in ipairs { "Planning Time", "Execution Time" } do
      if result.plan[key] then times[#times + 1] = ("%s %.3f ms"):format(key, result.plan[key]) end
    end
    return { "tree", title = table.concat({ "Plan", table.unpack(times) }, ", "), value = { node_of(result.plan.Plan) } }
  end
  if result.text then return { "code", title = "Result", value = result.text, language = "lua" } end
  if #result.columns == 0 then return { "text", value = ("%s: %d rows"):format(result.kind, result.affected), class = "note" } end
  return { "table", title = rows_title(result), value = result.rows, columns = columns_of(result), export = true, empty = "No rows." }
end

return {
  title = "SQL",
  menu  = 40,

  post = function(db, ctx, _, body)
    if type(body) ~= "table" or type(body.text) ~= "string" or not body.text:find "%S" then error("type a statement", 0) end
    return { results = ctx.studio.use "console".run(db, ctx, { text = body.text, explain = body.explain == true, analyze = body.analyze == true }) }
  end,

  data = function(_, ctx)
    local writes = ctx.studio.use "console".may_write(ctx)
    return { writes = writes, refusal = ctx.studio.write and not writes and ctx.project:edit_refusal() or nil }
  end,

  show = function(data)
    if not data.results then
      return { { "console", writes = data.writes }, data.refusal and { "text", value = "Statements only read: " .. data.refusal .. ".", class = "note" } }
    end
    local list = {}
    for i, result in ipairs(data.results) do list[i] = part_of(result) end
    return list
  end,
}

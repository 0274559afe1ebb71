-- diagram: tables and their foreign keys, of a schema, or near to one table; and how pending migrations change them.

local MANY <const> = 200 -- more tables are not in a list to choose from

local function given(value) return value ~= nil and value ~= "" and value or nil end

-- The names that PostgreSQL accepts for its longest ones.
local short = {
  ["timestamp with time zone"] = "timestamptz", ["timestamp without time zone"] = "timestamp", ["time without time zone"] = "time",
  ["character varying"] = "varchar", ["double precision"] = "float8",
}

local function type_of(column)
  local type = column.type
  for long, name in pairs(short) do type = type:gsub("^" .. long, name) end
  return type
end

local function marks_of(column) return column.primary and "PK" or column.foreign and "FK" or nil end

local function note_of_column(column)
  local was = column.was
  if not was or type_of(was) == type_of(column) then return type_of(column) end
  return type_of(was) .. " → " .. type_of(column)
end

local function name_of_column(column)
  return column.was and column.was.name ~= column.name and column.was.name .. " → " .. column.name or column.name
end

local function boxes_of(tables, schema, center)
  local list = {}
  for i, found in ipairs(tables) do
    local rows = {}
    for k, column in ipairs(found.columns) do
      rows[k] = { id = column.number, mark = marks_of(column), name = name_of_column(column), note = note_of_column(column), state = column.state }
    end
    list[i] = {
      id = found.oid, title = found.schema == schema and found.name or found.schema .. "." .. found.name, rows = rows, more = found.more,
      link = found.state ~= "added" and { "table", { schema = found.schema, table = found.name } } or nil,
      class = found == center and "center" or nil, state = found.state,
    }
  end
  return list
end

local function lines_of(found)
  local names, lines, relations = {}, {}, {}
  for _, each in ipairs(found.tables) do names[each.oid] = each end
  local function column_names(table_, numbers)
    local list = {}
    for _, number in ipairs(numbers) do
      for _, column in ipairs(table_.columns) do
        if column.number == number then list[#list + 1] = column.name end
      end
    end
    return table.concat(list, ", ")
  end
  for i, key in ipairs(found.keys) do
    local from, to = names[key.from], names[key.to]
    local relation = { from = from.schema .. "." .. from.name, columns = column_names(from, key.from_columns),
                       to = to.schema .. "." .. to.name, referred = column_names(to, key.to_columns), name = key.name, state = key.state }
    relations[i] = relation
    lines[i] = { from = { key.from, key.from_columns[1] }, to = { key.to, key.to_columns[1] }, state = key.state,
                 title = ("%s (%s) → %s (%s)"):format(relation.from, relation.columns, relation.to, relation.referred) }
  end
  return lines, relations
end

-- The names of the schemas, and of the tables of one of them.
local function choices_of(all, schema)
  local schemas, tables, seen = { "" }, { "" }, {}
  for _, found in ipairs(all) do
    if not seen[found.schema] then schemas[#schemas + 1], seen[found.schema] = found.schema, true end
    if not schema or found.schema == schema then tables[#tables + 1] = found.name end
  end
  return schemas, tables
end

local function note_of(found, query)
  local n = #found.tables
  if query.table and not found.center then return ("There is no table \"%s\"."):format(query.table) end
  if found.left_out == 0 then return nil end
  if found.center then return ("The nearest %d tables are shown; %d more are left out."):format(n, found.left_out) end
  return ("The %d tables with the most foreign keys are shown; %d more are left out. Choose a table to see what is near to it."):format(n, found.left_out)
end

-- ---- what pending migrations change ----

local function pending(ctx, query)
  local plan = ctx.studio.use "pending".plan(ctx, query.pending)
  if #plan.steps == 0 then return { title = "Diagram of what is pending", note = "Nothing is pending.", steps = plan.steps } end
  local found = ctx.studio.use "diagram.preview"(ctx, plan)
  local lines, relations = lines_of(found)
  local note
  if found.left_out > 0 then note = ("%d more tables change than are shown."):format(found.left_out) end
  return {
    title = "Diagram of what is pending", steps = plan.steps, changes = found.changes, problem = found.problem, note = note,
    relations = relations, diagram = { boxes = boxes_of(found.tables, "public"), lines = lines }, pending = query.pending,
  }
end

local function to_migration(row) return "migration", { stream = row.stream, name = row.name } end

local function show_pending(data)
  local list = { { "links", value = { { "As it is now", "diagram" }, { "Overview", "overview" } } } }
  local function add(part) list[#list + 1] = part end
  if data.note then add { "text", value = data.note, class = "note" } end
  if #data.steps == 0 then return list end
  add { "text", class = "note", value =
    "The migrations ran in a scratch database, without rows. The tables that they change are shown, and those that these refer to: + added, ~ changed, − dropped." }
  if data.problem then
    add { "text", title = "Error", class = "error", value = ("The rehearsal of %s fails: %s"):format(data.problem.step, data.problem.message) }
  end
  add { "diagram", value = data.diagram, empty = "No table changes." }
  add { "table", title = "What changes", value = data.changes, filter = true, empty = "The schema stays as it is.", columns = {
    { "how", "change", format = "state" }, { "kind", "kind" }, { "name", "object", format = "code" }, { "fields", "fields", format = "text" } } }
  add { "later", title = "Lint", page = "lint", query = { pending = data.pending } }
  add { "table", title = "Migrations", value = data.steps, columns = { { "name", "name", link = to_migration } } }
  return list
end

-- ---- the diagram as it is ----

local function current(db, ctx, query)
  local wanted = { schema = given(query.schema), table = given(query.table),
                   depth = math.max(1, math.min(3, math.tointeger(tonumber(query.depth)) or 1)) }
  local found = ctx.studio.use "diagram.choose".read(db, wanted)
  local lines, relations = lines_of(found)
  local schemas, tables = choices_of(found.all, wanted.schema)
  return {
    note = note_of(found, wanted), schemas = schemas, tables = #tables <= MANY and tables or nil, relations = relations,
    diagram = { boxes = boxes_of(found.tables, wanted.schema or "public", found.center), lines = lines },
  }
end

local function show_current(data)
  local list = {
    { "links", value = { { "With the pending migrations", "diagram", { pending = "1" } } } },
    { "form", button = "Show", fields = {
      { "schema", "Schema", type = "choice", choices = data.schemas },
      { "table", "Near to the table", type = data.tables and "choice" or "text", choices = data.tables },
      { "depth", "Foreign keys away", type = "choice", choices = { "1", "2", "3" } },
    } },
  }
  if data.note then list[#list + 1] = { "text", value = data.note, class = "note" } end
  list[#list + 1] = { "diagram", value = data.diagram, empty = "There are no tables." }
  list[#list + 1] = { "table", title = "Foreign keys", value = data.relations, filter = true, empty = "There are no foreign keys between these tables.",
    columns = { { "from", "from" }, { "columns", "columns" }, { "to", "to" }, { "referred", "referred columns" }, { "name", "constraint" } } }
  return list
end

return {
  title = "Diagram",
  menu  = 35,
  data  = function(db, ctx, query) return given(query.pending) and pending(ctx, query) or current(db, ctx, query) end,
  show  = function(data) return (data.steps and show_pending or show_current)(data) end,
}

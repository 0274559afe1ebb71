-- migration: one migration: its files, its directives, its history, its plan, and what can be done with it.

local function text(value) return value ~= nil and value ~= moonbird.null and value or nil end

local function find_item(ctx, stream, name)
  local status = ctx.project:status()
  for _, item in ipairs(status[stream] or {}) do
    if item.name == name then return item end
  end
end

-- The migration's file, and the names of the migrations that require it.
local function find_file(ctx, stream, name)
  local file, required_by = nil, {}
  for migration in ctx.project:migrations() do
    if migration.stream == stream and migration.name == name then file = migration end
    for _, required in ipairs(migration.requires) do
      if required == name or required == stream .. "/" .. name then required_by[#required_by + 1] = migration end
    end
  end
  return file, required_by
end

-- The step of the plan that runs it, and what the policies would do; nil if it is applied, or cannot be planned: then also
-- why.
local function find_step(ctx, stream, name)
  local request = stream == "manual" and { stream = "manual", names = { name } } or { direction = "up", to = name }
  local ok, plan = pcall(ctx.project.plan, ctx.project, request)
  if not ok then return nil, nil, tostring(type(plan) == "table" and plan.message or plan) end
  for _, step in ipairs(plan.steps) do
    if step.name == name and step.stream == stream then return step, plan.policies end
  end
end

-- What a policy would do, as `moonbird plan` says it.
local function policy_part(policy)
  local words = { (policy.refused and "refused: " or "note: ") .. policy.message, text(policy.detail), text(policy.hint) }
  local list = {}
  for i = 1, 3 do list[#list + 1] = words[i] end
  return { "text", value = table.concat(list, "\n"), class = policy.refused and "error" or "hint" }
end

local function facts_of(item, file)
  local facts = { { label = "state", value = item.left_out and "left out" or item.state, format = "state" } }
  if item.hidden then facts[#facts + 1] = { label = "left out", value = item.hidden } end
  if item.replaced_by then facts[#facts + 1] = { label = "replaced by", value = item.replaced_by } end
  if item.state == "applied" then
    facts[#facts + 1] = { label = "applied at", value = text(item.applied_at), format = "time" }
    facts[#facts + 1] = { label = "time", value = text(item.duration_ms), format = "ms" }
  end
  for _, mark in ipairs { "changed", "missing", "out_of_order", "orphan" } do
    if item[mark] then facts[#facts + 1] = { label = "note", value = (mark:gsub("_", " ")), format = "state" } end
  end
  if file and not file.transaction then facts[#facts + 1] = { label = "transaction", value = "off" } end
  return facts
end

local function relations_of(file, required_by)
  local rows = {}
  local function add(relation, name)
    local stream, plain = name:match "^(%a+)/(.*)$"
    rows[#rows + 1] = { relation = relation, name = plain or name, stream = stream }
  end
  for _, name in ipairs(file and file.requires or {}) do add("requires", name) end
  for _, name in ipairs(file and file.conflicts or {}) do add("conflicts with", name) end
  for _, other in ipairs(required_by) do add("is required by", other.stream .. "/" .. other.name) end
  return rows
end

-- What other environments have of it, loaded after the page.
local function elsewhere(data, add)
  for _, name in ipairs(data.others) do
    add { "later", title = "In " .. name, page = "migration_state", query = {
      environment = name, stream = data.stream, name = data.item.name, start = "no" } }
  end
end

local function language_of(path) return path and path:lower():match "%.(%a+)$" end

local function source(title, path)
  if not path then return nil end
  local ok, found = pcall(moonbird.read, path)
  return { "code", title = title .. ": " .. path, value = ok and found or tostring(found.message or found), language = language_of(path), copy = true }
end

-- A field for each parameter that the file declares.  Secrets come from the environment or a terminal.
local function fields_of(data)
  local fields = {}
  for _, parameter in ipairs(data.parameters) do
    if not parameter.secret then
      local choices = #parameter.choices > 0 and parameter.choices
      fields[#fields + 1] = {
        "set." .. parameter.name, parameter.name .. (parameter.help and parameter.help ~= moonbird.null and ": " .. parameter.help or ""),
        type = parameter.flag and "checkbox" or choices and "choice" or "text", choices = choices or nil, required = parameter.required,
        value = text(parameter.default), placeholder = parameter.values,
      }
    end
  end
  return fields
end

local function forms_of(data)
  local item, manual = data.item, data.stream == "manual"
  local name, qualified = item.name, data.stream .. "/" .. data.item.name
  local forms = {}
  local function add(button, command, args, more)
    local form = { "form", button = button, command = command, args = args }
    for key, value in pairs(more or {}) do form[key] = value end
    forms[#forms + 1] = form
  end
  if item.state ~= "applied" then
    local fields = fields_of(data)
    if manual then
      add("Apply", "manual", { "apply", name }, { fields = fields })
    else
      add(item.state == "failed" and "Continue" or "Apply up to here", "up", { name }, { fields = fields })
      if item.state == "failed" then
        add("Start again", "up", nil, { options = { restart = name }, danger = true, confirm = "This runs it from its first statement, also those that are done." })
      end
    end
    add("Record as applied without running it", "mark", { qualified }, { danger = true, confirm = "This changes the history only." })
    return forms
  end
  if manual then
    add("Roll back", "manual", { "rollback", name }, { danger = true })
  else
    add("Roll back", "down", { name }, { danger = true, confirm = "This rolls back everything that was applied after it, too." })
    add("Redo", "redo", { name }, { danger = true })
  end
  if item.changed then add("Accept the changed file", "repair", { qualified }) end
  add("Forget without rolling back", "forget", { qualified }, { danger = true, confirm = "This changes the history only: the migration is pending afterwards." })
  return forms
end

local statement_columns = { { "line", "line", right = true }, { "kind", "kind" }, { "sql", "statement", format = "code" } }

local history_columns = {
  { "at", "at", format = "time" }, { "what", "what" }, { "outcome", "outcome", format = "state" }, { "who", "by" },
  { "environment", "environment", format = "text" }, { "detail", "detail", format = "text" },
}

return {
  title = "Migration",
  menu  = "overview",

  data = function(_, ctx, query)
    local stream, name = query.stream == "manual" and "manual" or "auto", query.name or ""
    local item = find_item(ctx, stream, name)
    if not item then return { title = "No such migration", name = name } end
    local file, required_by = find_file(ctx, stream, name)
    local step, policies, why
    if item.state ~= "applied" then step, policies, why = find_step(ctx, stream, name) end
    return {
      title = name, stream = stream, item = item, file = file, required_by = required_by, step = step, policies = policies or {}, unplanned = why,
      others = ctx.studio.others(), parameters = file and file.lua and ctx.project:parameters(file.path) or {},
      history = ctx.project:history(stream .. "/" .. name),
    }
  end,

  show = function(data)
    if not data.item then return { { "text", value = ("There is no migration \"%s\"."):format(data.name) } } end
    local list = { { "number", value = facts_of(data.item, data.file) } }
    local function add(part) list[#list + 1] = part end
    local file = data.file
    if file and text(file.description) then add { "text", value = file.description } end
    if text(data.item.error) then add { "text", title = "Error", value = data.item.error, class = "error" } end
    for _, form in ipairs(forms_of(data)) do add(form) end
    if data.step then
      add { "links", value = { { "What it changes, in a diagram", "diagram", { pending = data.stream .. "/" .. data.item.name } } } }
    end
    local relations = relations_of(file, data.required_by)
    if #relations > 0 then
      add { "table", title = "Relations", value = relations, columns = {
        "relation", { "name", "name", link = function(row) return "migration", { name = row.name, stream = row.stream } end } } }
    end
    add(source("Source", file and file.path))
    add(source("Rollback", file and text(file.rollback_path)))
    for _, policy in ipairs(data.policies) do add(policy_part(policy)) end
    if data.unplanned then add { "text", title = "Plan", value = data.unplanned, class = "hint" } end
    if data.step and data.step.lua then add { "text", title = "Plan", value = "Lua: its statements are known only when it runs." } end
    if data.step and #data.step.statements > 0 then
      add { "table", title = data.step.atomic and "Plan" or "Plan (not atomic)", value = data.step.statements, columns = statement_columns }
    end
    if file and data.item.state ~= "applied" then add { "later", title = "Lint", page = "lint", query = { file = file.path } } end
    add { "table", title = "History", value = data.history.events, columns = history_columns, empty = "It never ran here." }
    elsewhere(data, add)
    return list
  end,
}

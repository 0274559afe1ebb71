-- overview: what is applied and what is pending, the last runs, the checks.

-- A field that only some migrations have.
local function text(value) return value ~= nil and value ~= moonbird.null and value or nil end

local marks = { "changed", "missing", "out_of_order", "orphan" }

local function state_of(item)
  if item.state == "pending" and text(item.shelved) then return "shelved" end
  if item.left_out then return "left out" end
  return item.state
end

local function notes_of(item)
  local notes = {}
  if item.state == "pending" then notes[1] = text(item.shelved) end
  if item.state == "pending" and text(item.lacks) then notes[#notes + 1] = "needs " .. item.lacks end
  for _, mark in ipairs(marks) do
    if item[mark] then notes[#notes + 1] = (mark:gsub("_", " ")) end
  end
  if item.hidden then notes[#notes + 1] = "left out: " .. item.hidden end
  if item.replaced_by then notes[#notes + 1] = "replaced by " .. item.replaced_by end
  notes[#notes + 1] = text(item.progress)
  return table.concat(notes, ", ")
end

local function rows_of(status)
  local rows = {}
  for _, stream in ipairs { "auto", "manual" } do
    for _, item in ipairs(status[stream]) do
      rows[#rows + 1] = {
        stream = stream, name = item.name, state = state_of(item), notes = notes_of(item),
        applied_at = item.state == "applied" and text(item.applied_at) or nil, ms = text(item.duration_ms),
      }
    end
  end
  return rows
end

local function count(rows, state)
  local n = 0
  for _, row in ipairs(rows) do n = n + (row.state == state and 1 or 0) end
  return n
end

return {
  title = "Overview",
  menu  = 10,

  data = function(_, ctx)
    local status = ctx.project:status()
    local history = ctx.project:history(nil, { n = 10 })
    local rows = rows_of(status)
    return {
      database = status.database, migrations = rows, events = history.events,
      others = ctx.studio.others(),
      environment = ctx.environment,
      figures = {
        { label = "applied", value = count(rows, "applied") },
        { label = "pending", value = status.pending },
        { label = "failed", value = count(rows, "failed") },
      },
    }
  end,

  show = function(data, ctx)
    local compared = { rows = data.migrations, current = data.environment, others = data.others }
    return {
      { "text", value = data.database, class = "note" },
      { "number", value = data.figures, refresh = true },
      { "form", command = "up", button = "Apply what is pending" },
      { "links", value = { { "What the pending migrations change", "diagram", { pending = "1" } } } },
      { "later", title = "Drift", page = "drift", refresh = true },
      { "environments", title = "Migrations", value = compared, refresh = true },
      { "later", title = "Checks", page = "checks", refresh = true },
      { "table", title = "Last events", value = data.events, refresh = true, empty = "Nothing has happened yet.", columns = {
        { "at", "at", format = "time" }, { "what", "what" }, { "outcome", "outcome", format = "state" },
        { "name", "name", format = "text", link = ctx.studio.use "events".migration }, { "who", "by", format = "text" },
      } },
    }
  end,
}

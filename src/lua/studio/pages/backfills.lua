-- backfills: how far each is, and what one of them has done; `backfill` of the query is STREAM/MIGRATION/NAME.

local REJECTS = 500 -- rows set aside that are shown

local function text(value) return value ~= nil and value ~= moonbird.null and value or nil end

local function name_of(item) return ("%s/%s/%s"):format(item.stream, item.migration, item.name) end

-- Is it unfinished, and nobody works on it? Its migration failed or was interrupted, or the process is gone.
local function is_stopped(item)
  local alive = text(item.runner) and item.runner.alive
  return (item.state == "running" or item.state == "paused") and not alive
end

-- Its state as `moonbird backfill` shows it.
local function state_of(item) return is_stopped(item) and item.state == "running" and "stopped" or item.state end

local function row_of(item)
  return {
    name = item.name, full = name_of(item), state = state_of(item), stream = item.stream, migration = item.migration,
    done = ("%.0f %%"):format(100 * item.fraction), rows = item.rows, set_aside = item.set_aside,
  }
end

local function cells_of(chunks)
  local most, cells = 1, {}
  for _, chunk in ipairs(chunks) do most = math.max(most, chunk.rows) end
  for i, chunk in ipairs(chunks) do
    cells[i] = {
      state = chunk.state, weight = chunk.state == "done" and 1 or chunk.state == "begun" and chunk.rows / most or 1,
      title = ("range %d, up to %s: %s, %d rows"):format(chunk.number, chunk.last_key, chunk.state, chunk.rows),
    }
  end
  return cells
end

local function figures_of(item)
  local stopped = is_stopped(item)
  local left, rate = not stopped and text(item.seconds_left), not stopped and text(item.rows_per_second)
  return {
    { label = "state", value = state_of(item), format = "state" }, { label = "rows", value = item.rows },
    rate and { label = "rows/s", value = ("%.0f"):format(rate) } or false,
    left and { label = "time left", value = math.floor(left * 1000), format = "ms" } or false,
    { label = "started", value = item.started_at, format = "time" },
    text(item.ended_at) and { label = "ended", value = item.ended_at, format = "time" } or false,
    item.set_aside > 0 and { label = "set aside", value = item.set_aside }, item.accepted > 0 and { label = "accepted", value = item.accepted },
    item.remaining > 0 and { label = "remaining", value = item.remaining },
  }
end

-- What can be done with it in this state, as `moonbird backfill` allows.
local function forms_of(item, live)
  local name, state, forms = name_of(item), item.state, {}
  local function add(button, action, more)
    local form = { "form", live = live, button = button, command = "backfill", args = { action, name } }
    for key, value in pairs(more or {}) do form[key] = value end
    forms[#forms + 1] = form
  end
  local parameters = { fields = { { "set", "Parameter", placeholder = "KEY=VALUE" } } }
  if state == "running" then add("Pause", "pause") end
  if state == "paused" then add("Resume", "resume") end
  if state == "running" then add("Work on it with one more process", "run", parameters) end
  if state == "running" or state == "paused" then add("Cancel", "cancel", { danger = true }) end
  if item.set_aside > 0 and state ~= "running" and state ~= "paused" then
    add("Retry the rows that were set aside", "retry", parameters)
    add("Accept them as they are", "retry", { options = { accept = true }, danger = true })
  end
  return forms
end

local function show_one(item, data, add)
  local live = item.state == "running" or item.state == "paused"
  add { "number", value = figures_of(item), live = live }
  add { "progress", live = live, value = { { label = item.table, done = 100 * item.fraction, total = 100, unit = "%" } } }
  if is_stopped(item) then add { "text", value = "Nobody works on it: run its migration again to continue." } end
  if text(item.error) then add { "text", value = item.error, class = "error" } end
  for _, form in ipairs(forms_of(item, live)) do add(form) end
  add { "heat", title = "Ranges", value = cells_of(data.chunks), live = live }
  if #data.rejects > 0 then
    local shown = #data.rejects > REJECTS and table.move(data.rejects, 1, REJECTS, 1, {}) or data.rejects
    add { "table", title = #shown < #data.rejects and ("Set aside (the first %d of %d)"):format(#shown, #data.rejects) or "Set aside",
      value = shown, filter = true, columns = { { "key", "key", format = "code" }, { "error", "error" }, { "at", "at", format = "time" } } }
  end
end

return {
  title = "Backfills",
  menu  = 30,

  data = function(_, ctx, query)
    local items = ctx.project:backfills()
    local data, any = { rows = {} }, false
    for i, item in ipairs(items) do
      data.rows[i] = row_of(item)
      any = any or item.state == "running" or item.state == "paused"
      if data.rows[i].full == query.backfill or #items == 1 then data.item = item end
    end
    data.live = any
    if data.item then
      data.title = data.item.name
      data.chunks = ctx.project:backfill_chunks(name_of(data.item))
      data.rejects = data.item.set_aside > 0 and ctx.project:backfill_rejects(name_of(data.item)) or {}
    end
    return data
  end,

  show = function(data)
    local list = {}
    local function add(part) list[#list + 1] = part end
    if data.item then show_one(data.item, data, add) end
    add { "table", title = data.item and "All backfills" or nil, value = data.rows, live = data.live, refresh = not data.live,
      empty = "No backfill was started yet.", columns = {
        { "state", "state", format = "state" }, { "name", "name", link = function(row) return "backfills", { backfill = row.full } end },
        { "migration", "migration", link = function(row) return "migration", { stream = row.stream, name = row.migration } end },
        { "rows", "rows", right = true }, { "done", "done", right = true }, { "set_aside", "set aside", right = true },
      } }
    return list
  end,
}

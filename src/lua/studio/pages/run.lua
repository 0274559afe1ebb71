-- run: the commands that the studio has started, what one of them does, and what others do in the database.

local NEWEST = 300 -- statements, and lines of the log, that are shown

local function text(value) return value ~= nil and value ~= moonbird.null and value or nil end

local function state_of(run)
  local status = text(run.status)
  if not status then return "running" end
  return status == 0 and "done" or status == 130 and "interrupted" or "failed"
end

-- What it printed, as one text, from its line `first` on; and the number of its lines.
local function output_of(messages, newest)
  local lines = {}
  for _, message in ipairs(messages) do
    if message[1] == "output" then lines[#lines + 1] = message[2].text end
  end
  return table.concat(lines, "\n", newest and math.max(1, #lines - newest + 1) or 1), #lines
end

-- Each function takes an event, and changes the summary `s`.
local take = {}

-- The migration of the event, or a file that is none.
local function migration(s, event)
  local name = text(event.name) or text(event.path) or ""
  local key = ("%s/%s"):format(event.stream, name)
  local found = s.by_name[key]
  if not found then
    found = { stream = text(event.stream), name = name, direction = event.direction, state = "planned" }
    s.by_name[key] = found
    s.migrations[#s.migrations + 1] = found
  end
  return found
end

function take.connected(s, event) s.pids[1] = event.backend_pid end
take.reconnected = take.connected

function take.planned(s, event) migration(s, event) end

function take.started(s, event)
  local m = migration(s, event)
  m.state, m.total = "running", text(event.statements)
  s.now = m
end

function take.statement(s, event)
  local m = migration(s, event)
  m.done = (m.done or 0) + 1
  s.progress = nil
  s.statements[#s.statements + 1] = {
    n = #s.statements + 1, command = event.command, ms = event.duration_ms, rows = text(event.rows),
    place = event.path .. (text(event.line) and ":" .. event.line or ""),
  }
end

local function ends(state)
  return function(s, event)
    local m = migration(s, event)
    m.state, m.ms, m.note = state, text(event.duration_ms), text(event.why) or text(event.message)
    m.total = text(event.statements) or m.total
    s.progress = nil
  end
end
take.finished, take.rolled_back, take.skipped = ends "applied", ends "rolled back", ends "skipped"

function take.failed(s, event)
  if text(event.name) then ends "failed"(s, event) end
  s.error = event
end

function take.progress(s, event) s.progress = event.message end
function take.lock_wait(s, event) s.progress = event.message end
function take.locked(s) s.progress = nil end
function take.retry(s, event) s.progress = ("retry %d of %d: %s"):format(event.retry, event.retries, event.message) end

function take.backfill(s, event)
  s.backfill = { label = event.backfill, done = event.percent, total = 100, unit = "%",
    phase = ("%.0f rows/s%s"):format(event.rows_per_second, text(event.waits) and ", waits: " .. event.waits or "") }
end

-- The log has them, too, but not if the studio could not read it.
function take.notice(s, event)
  if event.level == "warning" then s.warnings[#s.warnings + 1] = event.message end
end

function take.done(s, event)
  s.done, s.now, s.progress = true, nil, nil
  if text(event.message) and not s.error then s.error = event end
end

local function summarise(messages)
  local s = { migrations = {}, by_name = {}, statements = {}, pids = {}, warnings = {} }
  for _, message in ipairs(messages) do
    local event = message[1] == "event" and message[2].event
    if event and take[event.event] then take[event.event](s, event) end
  end
  s.by_name = nil
  return s
end

local function figures(data)
  local s, counts = data.summary, {}
  for _, m in ipairs(s.migrations) do counts[m.state] = (counts[m.state] or 0) + 1 end
  local list = { { label = "state", value = data.chosen.state, format = "state" }, { label = "started", value = data.chosen.at, format = "time" } }
  for _, state in ipairs { "applied", "rolled back", "skipped", "failed", "planned" } do
    if counts[state] then list[#list + 1] = { label = state, value = counts[state] } end
  end
  if #s.statements > 0 then list[#list + 1] = { label = "statements", value = #s.statements } end
  return list
end

local function error_text(err)
  local lines = { (text(err.file) and err.file .. (text(err.line) and ":" .. err.line or "") .. ": " or "") .. err.message }
  for _, key in ipairs { "detail", "hint" } do lines[#lines + 1] = text(err[key]) end
  return table.concat(lines, "\n\n")
end

local function last_of(list, n) return #list > n and table.move(list, #list - n + 1, #list, 1, {}) or list end

local function titled(title, shown, total) return shown < total and ("%s (the last %d of %d)"):format(title, shown, total) or title end

local migration_columns = {
  { "name", "name", link = function(row) if row.stream then return "migration", { name = row.name, stream = row.stream } end end }, { "state", "state", format = "state" },
  { "done", "statements done", right = true, format = "text" }, { "total", "of", right = true, format = "text" }, { "ms", "time", right = true, format = "ms" },
  { "note", "note", format = "text" },
}

local statement_columns = {
  { "n", "no.", right = true }, { "command", "statement" }, { "place", "where" }, { "ms", "time", right = true, format = "ms" },
  { "rows", "rows", right = true, format = "text" },
}

-- The parts of the run that was chosen.  While it goes on, they are loaded again as it tells something.
local function show_run(data, add)
  local s, live = data.summary, data.chosen.state == "running"
  add { "number", value = figures(data), live = live }
  if live then add { "cancel", run = data.chosen.run } end
  add { "text", value = live and s.progress or s.error and error_text(s.error) or "", class = s.error and "error" or "note", live = live }
  local warnings = table.concat(last_of(s.warnings, NEWEST), "\n")
  if warnings ~= "" or live then add { "text", title = "Warnings", value = warnings ~= "" and warnings or "None so far.", class = "note", live = live } end
  if live and s.backfill then add { "progress", value = { s.backfill }, live = true } end
  -- A session of the run that is not known yet appears when the run tells its pid.
  if live then add { "later", title = "What it does now", page = "sessions", query = { pid = table.concat(s.pids, ","), environment = data.environment }, live = true } end
  if #s.migrations > 0 or live then add { "table", title = "Migrations", value = s.migrations, columns = migration_columns, live = live, empty = "None so far." } end
  local shown = last_of(s.statements, NEWEST)
  if #shown > 0 or live then
    add { "table", title = titled("Statements", #shown, #s.statements), value = shown, columns = statement_columns, live = live, empty = "None so far." }
  end
  add { "code", title = titled("Log", math.min(data.lines, NEWEST), data.lines), value = data.output, live = live }
end

return {
  title = "Runs",
  needs = {},
  menu  = 20,

  data = function(_, ctx, query)
    local rows, chosen = {}, nil
    for i, run in ipairs(ctx.studio.request.runs) do
      rows[i] = { run = run.run, at = run.at, command = run.command, state = state_of(run), environment = text(run.environment) }
      if tostring(run.run) == query.run then chosen = rows[i] end
    end
    local messages = ctx.studio.request.run or {}
    local output, lines = output_of(messages, NEWEST)
    return { runs = rows, chosen = chosen, title = chosen and chosen.command or nil, environment = chosen and chosen.environment,
      summary = chosen and summarise(messages) or nil, output = output, lines = lines }
  end,

  show = function(data)
    local list = {}
    local function add(part) list[#list + 1] = part end
    if data.chosen then show_run(data, add) end
    add { "table", title = "Runs of this studio", value = data.runs, empty = "No command was started here.", refresh = true, columns = {
      { "at", "at", format = "time" }, { "state", "state", format = "state" },
      { "command", "command", format = "code", link = function(row) return "run", { run = row.run } end },
    } }
    -- The runs of other processes.
    if not data.chosen then add { "later", title = "In the database", page = "sessions", live = true } end
    return list
  end,
}

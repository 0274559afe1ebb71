-- run: the commands that the studio has started, and what one of them does.

local function text(value) return value ~= nil and value ~= moonbird.null and value or nil end

local function state_of(run)
  local status = text(run.status)
  if not status then return "running" end
  return status == 0 and "done" or status == 130 and "interrupted" or "failed"
end

-- What it printed, as one text.
local function output_of(messages)
  local lines = {}
  for _, message in ipairs(messages or {}) do
    if message[1] == "output" then lines[#lines + 1] = message[2].text end
  end
  return table.concat(lines, "\n")
end

return {
  title = "Runs",
  needs = {},
  menu  = 20,

  data = function(_, ctx, query)
    local rows, chosen = {}, nil
    for i, run in ipairs(ctx.studio.request.runs) do
      rows[i] = { run = run.run, at = run.at, command = run.command, state = state_of(run) }
      if tostring(run.run) == query.run then chosen = rows[i] end
    end
    return { runs = rows, chosen = chosen, title = chosen and chosen.command or nil, output = output_of(ctx.studio.request.run) }
  end,

  show = function(data)
    local list = {}
    if data.chosen then
      list[1] = { "number", value = { { label = "state", value = data.chosen.state, format = "state" } }, refresh = true }
      list[2] = { "code", title = "Output", value = data.output, refresh = true }
    end
    list[#list + 1] = { "table", title = "Runs of this studio", value = data.runs, refresh = true, empty = "No command was started here.", columns = {
      { "at", "at", format = "time" }, { "state", "state", format = "state" },
      { "command", "command", format = "code", link = function(row) return "run", { run = row.run } end },
    } }
    return list
  end,
}

local function text(value)
  return value ~= moonbird.null and value or nil
end

local function person(role, host)
  return text(host) and role .. "@" .. host or role
end

-- user@host, and what else is known of the runner
local function runner(item)
  local words = { person(item.applied_by, item.host) }
  words[#words + 1] = text(item.version) and "moonbird " .. item.version
  if text(item.commit) then words[#words + 1] = "commit " .. item.commit:sub(1, 10) end
  return table.concat(words, ", ")
end

local function show_migrations(out, items)
  local rows = {}
  for i, item in ipairs(items) do
    rows[i] = {
      at = item.at, state = item.state, name = item.stream .. "/" .. item.name, time = out:time(item.duration_ms),
      runner = runner(item), environment = text(item.environment),
    }
  end
  out:table(rows, { "at", "state", "name", { "time", "time", right = true }, "environment", { "runner", "by" } })
end

local function show_events(out, events)
  local rows = {}
  for i, event in ipairs(events) do
    rows[i] = {
      at = event.at, who = person(event.who, event.host), what = event.what, outcome = event.outcome,
      environment = text(event.environment), detail = text(event.detail),
    }
  end
  out:table(rows, { "at", "what", "outcome", { "who", "by" }, "environment", "detail" })
end

return {
  name    = "history",
  summary = "show what was applied, when and by whom; with NAME, all events of one migration",
  chapter = "recovery",
  needs   = { project = true, db = true },
  args    = { { name = "name", migration = "all", help = "a migration by name, number or unique prefix" } },
  options = {
    n = { short = "n", arg = "N", count = true, help = "only the newest N" },
  },

  run = function(ctx, opts)
    local history = ctx.project:history(opts.name, opts.n)
    if ctx.out:result(history) then return end
    show_migrations(ctx.out, history.migrations)
    if not history.events then return end
    if #history.migrations > 0 then ctx.out:text "" end
    show_events(ctx.out, history.events)
  end,
}

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
  for _, item in ipairs(items) do
    if text(item.backup) then out:text("backup before it: " .. item.backup) end
  end
  if #items > 0 then out:text "" end
end

-- The subject of the event: a migration with its stream; a script, a command or a database without one.
local function subject(event)
  if not text(event.name) then return nil end
  return text(event.stream) and event.stream .. "/" .. event.name or event.name
end

local columns = { "at", "what", "outcome", "name", { "who", "by" }, "environment", "detail" }
local all_columns = {
  "at", "what", "outcome", "name", { "who", "by" }, { "pid", "pid", right = true }, "command", "environment", "detail",
}

-- Twelve digits of a checksum are enough for a person, as of a commit; --json has all.
local function shorten(detail)
  return detail and detail:gsub(("%x"):rep(64), function(sum) return sum:sub(1, 12) end)
end

local function show_events(out, events, verbose)
  if #events == 0 then return end
  local rows = {}
  for i, event in ipairs(events) do
    rows[i] = {
      at = event.at, what = event.what, outcome = event.outcome, name = subject(event),
      who = person(event.who, event.host), pid = event.pid, command = text(event.command),
      environment = text(event.environment), detail = (shorten(text(event.detail))),
    }
  end
  out:table(rows, verbose and all_columns or columns)
end

-- The kinds and the outcomes of events, for a shell.
local kinds = { "up", "down", "manual", "mark", "forget", "repair", "rename", "baseline", "adopt", "eject", "skip", "override",
                "backup", "restore", "done", "failed", "interrupted" }

return {
  name    = "history",
  summary = "show what happened, when and by whom; with NAME, the events of one migration",
  chapter = "recovery",
  needs   = { project = true, db = true },
  args    = { { name = "name", migration = "all", help = "a migration by name, number or unique prefix" } },
  options = {
    n     = { short = "n", arg = "N", integer = true, min = 1, help = "only the newest N" },
    what  = { arg = "KIND", suggests = kinds, help = "only this kind of event, such as up, override or backup, or only this outcome, such as failed" },
    since = { arg = "TIME", help = "only events since this time (UTC), such as 2026-11-29 or 2026-11-29T01:30, or of the last 12h or 7d" },
  },

  run = function(ctx, opts)
    local history = ctx.project:history(opts.name, { n = opts.n, what = opts.what, since = opts.since })
    if ctx.out:result(history) then return end
    if opts.name then show_migrations(ctx.out, history.migrations) end
    show_events(ctx.out, history.events, ctx.verbose)
  end,
}

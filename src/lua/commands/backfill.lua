local columns = {
  "state", "name", "migration", { "rows", "rows", right = true }, { "done", "done", right = true },
  { "rate", "rows/s", right = true }, { "left", "time left", right = true }, "notes",
}

local function duration(seconds)
  local s = math.floor(seconds + 0.5)
  if s < 60 then return s .. " s" end
  if s < 3600 then return ("%d min %d s"):format(s // 60, s % 60) end
  return ("%d h %d min"):format(s // 3600, s // 60 % 60)
end

-- Is it unfinished, and nobody works on it? Its migration failed or was interrupted, or the process is gone.
local function is_stopped(item)
  local unfinished = item.state == "running" or item.state == "paused"
  return unfinished and (item.runner == moonbird.null or not item.runner.alive)
end

local function continuing(item)
  local down = item.direction == "down"
  if item.stream == "manual" then return ("moonbird manual %s %s"):format(down and "rollback" or "apply", item.migration) end
  return down and "moonbird down" or "moonbird up"
end

local function notes(item)
  local list = {}
  if is_stopped(item) then
    list[1] = (item.runner ~= moonbird.null and "its process is gone; " or "") .. "to continue: " .. continuing(item)
  end
  if item.set_aside > 0 then list[#list + 1] = item.set_aside .. " set aside" end
  if item.remaining > 0 then list[#list + 1] = item.remaining .. " remaining" end
  if item.error ~= moonbird.null then list[#list + 1] = item.error end
  return table.concat(list, "; ")
end

local function row(item)
  local rate, left = item.rows_per_second, item.seconds_left
  if is_stopped(item) then rate, left = moonbird.null, moonbird.null end
  return {
    state = is_stopped(item) and item.state == "running" and "stopped" or item.state, name = item.name, migration = item.stream .. "/" .. item.migration, rows = item.rows,
    done = ("%.0f %%"):format(100 * item.fraction),
    rate = rate ~= moonbird.null and ("%.0f"):format(rate) or nil,
    left = left ~= moonbird.null and duration(left) or nil,
    notes = notes(item),
  }
end

local actions = {}

function actions.list(ctx, name)
  local items = ctx.project:backfills(name)
  local rejects = name and #items == 1 and ctx.project:backfill_rejects(name) or nil
  if ctx.out:result { backfills = items, set_aside = rejects } then return end
  if #items == 0 then
    ctx.out:text(name and ("backfill \"%s\" does not exist"):format(name) or "no backfill was started yet")
    return
  end
  local rows = {}
  for i, item in ipairs(items) do rows[i] = row(item) end
  ctx.out:table(rows, columns)
  if rejects and #rejects > 0 then
    ctx.out:text ""
    ctx.out:table(rejects, { "key", "error", "at" })
  end
end

function actions.run(ctx, name, opts)
  local rows = ctx.project:backfill_join(name, { args = opts.set })
  if not ctx.out:result { name = name, rows = rows } then
    ctx.out:line("%d row%s processed by this process", rows, rows == 1 and "" or "s")
  end
end

local function tell(verb, past)
  return function(ctx, name)
    local changed = ctx.project:backfill_tell(name, verb)
    if ctx.out:result { name = name, changed = changed } then return end
    ctx.out:line(changed and "%s %s; this takes effect within one batch" or "%s is already %s", name, past)
  end
end

actions.pause = tell("pause", "paused")
actions.resume = tell("resume", "resumed")
actions.cancel = tell("cancel", "cancelled")

function actions.retry(ctx, name, opts)
  if opts.accept then
    local accepted = ctx.project:backfill_accept(name)
    if not ctx.out:result { name = name, accepted = accepted } then ctx.out:line("%d accepted", accepted) end
    return
  end
  local done, left, gone = ctx.project:backfill_retry(name, { args = opts.set })
  if not ctx.out:result { name = name, done = done, left = left, gone = gone } then
    ctx.out:line("%d done, %d failed again%s", done, left, gone > 0 and (", %d gone"):format(gone) or "")
  end
  return left > 0 and 1 or 0
end

return {
  name    = "backfill",
  summary = "list backfills; join, pause, resume, cancel or retry one",
  chapter = "backfills",
  needs   = { project = true, db = true, write = true },
  args    = {
    { name = "action", choice = { "list", "run", "pause", "resume", "cancel", "retry" },
      default = "list", help = "what to do" },
    { name = "name", help = "the backfill's name, or MIGRATION/NAME" },
  },
  options = {
    set = { arg = "KEY=VALUE", pairs = true, help = "with run and retry: the parameters that the backfill was started with" },
    accept = { flag = true, help = "with retry: leave the rows that were set aside as they are" },
  },

  run = function(ctx, opts)
    local action = opts.action or "list"
    if action ~= "list" and not opts.name then ctx:usage("name the backfill to %s", action) end
    if opts.accept and action ~= "retry" then ctx:usage "--accept is only for retry" end
    if opts.set and action ~= "run" and action ~= "retry" then ctx:usage "--set is only for run and retry" end
    return actions[action](ctx, opts.name, opts)
  end,
}

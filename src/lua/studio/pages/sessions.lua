-- sessions: what sessions do now, and what they wait for: those with the pids of the query, or all of moonbird.

local function text(value) return value ~= nil and value ~= moonbird.null and value or nil end

local function pids_of(query)
  local pids = {}
  for pid in (query.pid or ""):gmatch "%d+" do pids[#pids + 1] = math.tointeger(tonumber(pid)) end
  return pids
end

-- The migrations that run now, by the history: also those of another machine, or behind a pooler.  A migration in
-- one transaction is in the history when it is committed.
local function runs_of(ctx)
  local rows = {}
  local status = ctx.project:status()
  for _, stream in ipairs { "auto", "manual" } do
    for _, item in ipairs(status[stream]) do
      local runner = text(item.runner)
      if item.state == "running" or runner then
        rows[#rows + 1] = { stream = stream, name = item.name, state = runner and not runner.alive and "gone" or "running",
          who = runner and runner.who, host = runner and runner.host, pid = runner and runner.pid, at = runner and runner.at }
      end
    end
  end
  return rows
end

local function progress_of(found)
  for _, item in ipairs(found) do
    item.label = table.concat({ item.command, text(item.object) }, " ")
  end
  return found
end

return {
  title = "Sessions of moonbird",
  menu  = "run",

  data = function(db, ctx, query)
    local sessions = ctx.studio.use "sessions"
    local runs = not query.pid and runs_of(ctx) or nil
    local list = query.pid and sessions.find(db, pids_of(query)) or sessions.of_moonbird(db)
    local pids = sessions.pids(list)
    return {
      runs = runs, sessions = list, blockers = sessions.blockers(db, list),
      locks = sessions.locks(db, pids), progress = progress_of(sessions.progress(db, pids)),
    }
  end,

  show = function(data, ctx)
    local sessions = ctx.studio.use "sessions"
    local list = {}
    local function add(part) list[#list + 1] = part end
    if #data.blockers > 0 then add { "table", title = "Blocked by", data = "blockers", columns = sessions.blocker_columns } end
    if #data.progress > 0 then add { "progress", title = "Progress", data = "progress" } end
    if data.runs and #data.runs > 0 then
      add { "table", title = "Migrations that run now", data = "runs", columns = {
        { "name", "name", link = function(row) return "migration", { name = row.name, stream = row.stream } end }, { "state", "state", format = "state" },
        { "who", "by", format = "text" }, { "host", "host", format = "text" }, { "pid", "process", format = "text" }, { "at", "since", format = "time" },
      } }
    end
    add { "table", title = "Sessions", data = "sessions", columns = sessions.columns, empty = "None in this database." }
    if #data.locks > 0 then add { "table", title = "Locks", data = "locks", columns = sessions.lock_columns } end
    return list
  end,
}

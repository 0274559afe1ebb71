-- history: every event of the history, with filters.

local function text(value) return value ~= nil and value ~= moonbird.null and value or nil end

local NEWEST = 500

local function contains(value, wanted) return wanted == nil or wanted == "" or (text(value) or ""):lower():find(wanted:lower(), 1, true) end

return {
  title = "History",
  menu  = 70,

  data = function(_, ctx, query)
    local filter = { n = NEWEST, what = text(query.what) ~= "" and query.what or nil, since = query.since ~= "" and query.since or nil }
    local name = query.name ~= "" and query.name or nil
    local history = ctx.project:history(name, filter)
    local events = moonbird.json.array()
    for _, event in ipairs(history.events) do
      if contains(event.who, query.who) and contains(event.environment, query.where) then events[#events + 1] = event end
    end
    return { events = events }
  end,

  show = function(_, ctx)
    return {
      { "form", button = "Filter", fields = {
        { "what", "What or outcome", placeholder = "up, failed" }, { "name", "Migration" }, { "who", "By" },
        { "where", "Environment" }, { "since", "Since (UTC)", placeholder = "2026-11-29 or 7d" },
      } },
      { "table", data = "events", empty = "No event matches.", columns = {
        { "at", "at", format = "time" }, { "what", "what" }, { "outcome", "outcome", format = "state" },
        { "stream", "folder", format = "text" }, { "name", "name", link = ctx.studio.use "events".migration, format = "text" },
        { "who", "by", format = "text" },
        { "host", "host", format = "text" }, { "environment", "environment", format = "text" }, { "detail", "detail", format = "text" },
      } },
    }
  end,
}

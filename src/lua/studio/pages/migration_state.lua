-- migration_state: the state of one migration in one environment, for the page of the migration in another one.

local function text(value) return value ~= nil and value ~= moonbird.null and value or nil end

return {
  title = "State of a migration",
  menu  = false,

  data = function(_, ctx, query)
    for _, item in ipairs(ctx.project:status()[query.stream] or {}) do
      if item.name == query.name then
        return { facts = {
          { label = "state", value = item.state, format = "state" },
          text(item.applied_at) and item.state == "applied" and { label = "applied at", value = item.applied_at, format = "time" },
          text(item.duration_ms) and { label = "time", value = item.duration_ms, format = "ms" },
        } }
      end
    end
    return { facts = { { label = "state", value = "unknown", format = "state" } } }
  end,

  show = { { "number", data = "facts" } },
}

-- checks: the health checks in scripts/checks, run now.

return {
  title = "Checks",
  menu  = "overview",

  data = function(_, ctx)
    local report = ctx.project:checks()
    for _, check in ipairs(report.checks) do check.state = check.ok and "ok" or "failed" end
    return report
  end,

  show = {
    { "table", data = "checks", empty = "There are no checks in scripts/checks.", columns = {
      { "state", "state", format = "state" }, { "name", "name" }, { "why", "why", format = "text" }, { "duration_ms", "time", right = true, format = "ms" },
    } },
  },
}

local columns = { "state", "name", { "time", "time", right = true }, "why" }

local function show(ctx, checks)
  local rows, failed = {}, 0
  for i, check in ipairs(checks) do
    if not check.ok then failed = failed + 1 end
    rows[i] = {
      state = check.ok and "ok" or "failed", name = check.name, why = check.why,
      time = ctx.out:time(check.duration_ms),
    }
  end
  if #rows == 0 then return ctx.out:line "no checks in scripts/checks" end
  ctx.out:table(rows, columns)
  ctx.out:line("%d passed, %d failed", #checks - failed, failed)
end

local function status(checks)
  for _, check in ipairs(checks) do
    if not check.ok then return 1 end
  end
end

return {
  name    = "check",
  summary = "run the health checks in scripts/checks",
  chapter = "checks",
  needs   = { project = true, db = true },
  args    = { { name = "names", label = "name", many = true, help = "run only these checks" } },

  run = function(ctx, opts)
    local report = ctx.project:checks(opts.names)
    if not ctx.out:result(report) then show(ctx, report.checks) end
    return status(report.checks)
  end,
}

-- The steps of a release, in order. Each step is a command, and one that fails ends the release.

return {
  name    = "release",
  summary = "plan, back up, apply, check",
  needs   = { project = true, db = true },

  run = function(ctx)
    local plan = ctx:command "plan"
    local backup = moonbird.null
    if #plan.steps > 0 then
      ctx:confirm(("Apply these %d migrations?"):format(#plan.steps))
      backup = ctx:command "backup".path
      ctx:command "up"
    end
    local checks = ctx:command "check".checks
    ctx.out:result { applied = #plan.steps, backup = backup, checks = checks }
  end,
}

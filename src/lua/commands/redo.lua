return {
  name    = "redo",
  summary = "roll back a migration and apply it again",
  needs   = { project = true, db = true },
  args    = { { name = "to", help = "the migration; the newest without it" } },
  options = {
    dry_run = { flag = true, help = "only show the plan" },
  },

  run = function(ctx, opts)
    local request = { direction = "redo", to = opts.to }
    if opts.dry_run then return ctx:become("plan", request) end
    local result = ctx.project:apply(request)
    if ctx.out:result(result) then return end
    if #result.rolled_back == 0 then
      ctx.out:line("nothing to do: no migration is applied")
    else
      ctx.out:line("%d applied again", #result.applied)
    end
  end,
}

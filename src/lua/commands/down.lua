return {
  name    = "down",
  summary = "roll back the newest migration, or all after NAME and NAME itself",
  needs   = { project = true, db = true },
  args    = { { name = "to", help = "the last one to roll back" } },
  options = {
    n = { short = "n", arg = "N", count = true, help = "roll back N migrations" },
    dry_run = { flag = true, help = "only show the plan" },
  },

  run = function(ctx, opts)
    local request = { direction = "down", to = opts.to, n = opts.n }
    if opts.dry_run then return ctx:become("plan", request) end
    local result = ctx.project:apply(request)
    if ctx.out:result(result) then return end
    if #result.rolled_back == 0 then
      ctx.out:line("nothing to do: no migration is applied")
    else
      ctx.out:line("%d rolled back, %d pending", #result.rolled_back, result.pending)
    end
  end,
}

return {
  name    = "up",
  summary = "apply what is pending, up to and with NAME",
  needs   = { project = true, db = true },
  args    = { { name = "name", help = "a name, or its number or beginning; all without it" } },
  options = {
    n = { short = "n", arg = "N", count = true, help = "at most N migrations" },
    dry_run = { flag = true, help = "only show the plan" },
    single_transaction = { flag = true, help = "refuse what cannot run in one transaction" },
    restart = { arg = "NAME", help = "begin this half-done migration anew" },
    outside_window = { arg = "REASON", help = "why it cannot wait for the environment's window; recorded" },
    force_empty_history = { flag = true, help = "start in a database that has tables already" },
  },

  run = function(ctx, opts)
    if opts.dry_run then return ctx:become("plan", opts) end
    local result = ctx.project:apply {
      to = opts.name, n = opts.n, restart = opts.restart,
      single_transaction = opts.single_transaction, force_empty_history = opts.force_empty_history,
      outside_window = opts.outside_window,
    }
    if ctx.out:result(result) then return end
    if #result.skipped > 0 then
      ctx.out:line("%d applied, %d skipped, %d pending", #result.applied, #result.skipped, result.pending)
    elseif #result.applied > 0 then
      ctx.out:line("%d applied, %d pending", #result.applied, result.pending)
    else
      ctx.out:line("nothing to do: %d applied", result.total)
    end
  end,
}

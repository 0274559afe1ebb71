return {
  name    = "redo",
  summary = "roll back a migration and apply it again",
  chapter = "migrations",
  needs   = { project = true, db = true, write = true },
  args    = { { name = "name", migration = "all", help = "a migration by name, number or unique prefix; default: the newest" } },
  options = {
    set = { arg = "KEY=VALUE", pairs = true, help = "pass a parameter: ctx.args.KEY in Lua, current_setting('moonbird.KEY') in SQL" },
    dry_run = { flag = true, help = "show the plan and change nothing" },
  },

  run = function(ctx, opts)
    if opts.dry_run then
      return ctx:become("plan", { set = opts.set, direction = "redo", name = opts.name })
    end
    local result = ctx.project:apply {
      direction = "redo", to = opts.name, args = opts.set, outside_window = opts.outside_window,
    }
    local lost = #result.rolled_back > #result.applied
    if lost then
      moonbird.log.error("%s was rolled back, but not applied again: it was skipped",
        result.rolled_back[1].name)
    end
    if ctx.out:result(result) then return lost and 1 or 0 end
    if #result.skipped > 0 then
      ctx.out:line("%d applied again, %d skipped", #result.applied, #result.skipped)
    elseif #result.applied > 0 then
      ctx.out:line("%d applied again", #result.applied)
    else
      ctx.out:line "nothing to do: no migration is applied"
    end
    return lost and 1 or 0
  end,
}

local function count(result)
  local rest = #result.skipped > 0 and ("%d skipped"):format(#result.skipped) or ("%d pending"):format(result.pending)
  return ("%d rolled back, %s"):format(#result.rolled_back, rest)
end

return {
  name    = "down",
  summary = "roll back the newest migration, or back to and including NAME",
  chapter = "migrations",
  needs   = { project = true, db = true, write = true },
  args    = { { name = "name", migration = "auto", help = "the oldest migration to roll back" } },
  options = {
    n = { short = "n", arg = "N", integer = true, min = 1, help = "roll back N migrations" },
    set = { arg = "KEY=VALUE", pairs = true, help = "pass a parameter: ctx.args.KEY in Lua, current_setting('moonbird.KEY') in SQL" },
    partial = { flag = true, help = "also roll back a half-applied migration; its whole rollback runs" },
    dry_run = { flag = true, help = "show the plan and change nothing" },
  },

  run = function(ctx, opts)
    if opts.dry_run then
      return ctx:become("plan", { set = opts.set, direction = "down", name = opts.name, n = opts.n, partial = opts.partial })
    end
    local result = ctx:apply({
      direction = "down", to = opts.name, n = opts.n, args = opts.set, outside_window = opts.outside_window,
      partial = opts.partial,
    }, count)
    if ctx.out:result(result) then return end
    if #result.rolled_back + #result.skipped > 0 then
      ctx.out:line("%s", count(result))
    else
      ctx.out:line "nothing to do: no migration is applied"
    end
  end,
}

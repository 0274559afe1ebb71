local function count(result)
  local skipped = #result.skipped > 0 and (", %d skipped"):format(#result.skipped) or ""
  return ("%d applied again%s"):format(#result.applied, skipped)
end

-- If down and up ran apart, the migration may be rolled back only.
local function count_failed(result)
  return ("%d rolled back, %s"):format(#result.rolled_back, count(result))
end

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
    local result = ctx:apply({
      direction = "redo", to = opts.name, args = opts.set, outside_window = opts.outside_window,
    }, count_failed)
    local lost = #result.rolled_back > #result.applied
    if lost then
      moonbird.log.error("%s was rolled back, but not applied again: it was skipped",
        result.rolled_back[1].name)
    end
    if ctx.out:result(result) then return lost and 1 or 0 end
    if #result.applied + #result.skipped > 0 then
      ctx.out:line("%s", count(result))
    else
      ctx.out:line "nothing to do: no migration is applied"
    end
    return lost and 1 or 0
  end,
}

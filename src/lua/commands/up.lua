-- After migrations were applied, the project's checks run, and the result includes theirs.
-- If they cannot run, the error has the result.
local function check(ctx, result)
  if #result.applied == 0 then return end
  local ran, told = pcall(ctx.project.checks, ctx.project)
  if not ran then
    told.outcome = result
    error(told, 0)
  end
  local checks, status = told.checks, nil
  if #checks > 0 then result.checks = checks end
  for _, check in ipairs(checks) do
    if not check.ok then
      moonbird.log.error("check \"%s\" failed: %s", check.name, check.why)
      status = 1
    end
  end
  return status
end

local function count(result)
  local skipped = #result.skipped > 0 and (", %d skipped"):format(#result.skipped) or ""
  return ("%d applied%s, %d pending"):format(#result.applied, skipped, result.pending)
end

local function say(out, result)
  if #result.applied + #result.skipped > 0 then
    out:line("%s", count(result))
  else
    out:line("nothing to do: %d applied", result.total)
  end
  if result.checks then out:line("%d check%s run", #result.checks, #result.checks == 1 and "" or "s") end
end

return {
  name    = "up",
  summary = "apply pending migrations, up to and including NAME",
  chapter = "migrations",
  needs   = { project = true, db = true, write = true },
  args    = { { name = "name", migration = "auto", help = "a migration by name, number or unique prefix; default: all" } },
  options = {
    n = { short = "n", arg = "N", integer = true, min = 1, help = "at most N migrations" },
    set = { arg = "KEY=VALUE", pairs = true, help = "pass a parameter: ctx.args.KEY in Lua, current_setting('moonbird.KEY') in SQL" },
    dry_run = { flag = true, help = "show the plan and change nothing" },
    single_transaction = { flag = true, help = "apply all in one transaction; refuse files that cannot be in it" },
    restart = { arg = "NAME", help = "start this half-applied migration over" },
    force_empty_history = { flag = true, help = "apply migrations although the database has tables and no history" },
  },

  run = function(ctx, opts)
    if opts.dry_run then return ctx:become("plan", opts) end
    local result = ctx:apply({
      to = opts.name, n = opts.n, restart = opts.restart, args = opts.set,
      single_transaction = opts.single_transaction, force_empty_history = opts.force_empty_history,
      outside_window = opts.outside_window,
    }, count)
    local status = check(ctx, result)
    if not ctx.out:result(result) then say(ctx.out, result) end
    return status
  end,
}

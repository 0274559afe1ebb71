return {
  name    = "run",
  summary = "run one SQL or Lua file, unrecorded",
  needs   = { project = true, db = true, write = true },
  args    = { { name = "file", required = true, file = true, help = "the script; one transaction unless it says otherwise" } },
  options = {
    set = { arg = "KEY=VALUE", pairs = true, help = "ctx.args.KEY, and current_setting('moonbird.KEY') in SQL" },
  },

  run = function(ctx, opts)
    ctx.out:result(ctx.project:run(opts.file, { args = opts.set }))
  end,
}

return {
  name    = "run",
  summary = "run one SQL or Lua file that is not a migration",
  chapter = "sql",
  needs   = { project = true, db = true, write = true },
  args    = { { name = "file", required = true, file = { "sql", "lua" }, help = "the script; it runs in one transaction unless it says otherwise" } },
  options = {
    set = { arg = "KEY=VALUE", pairs = true, help = "pass a parameter: ctx.args.KEY in Lua, current_setting('moonbird.KEY') in SQL" },
  },

  run = function(ctx, opts)
    ctx.out:result(ctx.project:run(opts.file, { args = opts.set }))
  end,
}

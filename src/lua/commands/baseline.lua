return {
  name    = "baseline",
  summary = "start with an existing database: record migrations up to NAME as applied",
  chapter = "recovery",
  needs   = { project = true, db = true, write = true },
  args    = { { name = "name", migration = "auto", help = "the last migration to record; default: all" } },

  options = {
    force = { flag = true, help = "also record migrations that the other tool's history does not list, or if it cannot be compared" },
  },

  run = function(ctx, opts)
    local result = ctx.project:baseline(opts.name, opts.force)
    if ctx.out:result(result) then return end
    for _, item in ipairs(result.marked) do ctx.out:line("marked  %s/%s", item.stream, item.name) end
    ctx.out:line("%d marked as applied, %d pending", #result.marked, result.pending)
  end,
}

return {
  name    = "repair",
  summary = "accept edited files of applied migrations",
  chapter = "recovery",
  needs   = { project = true, db = true, write = true },
  args    = { { name = "names", label = "name", required = true, many = true, migration = "all", help = "migrations by name, number or unique prefix" } },

  run = function(ctx, opts)
    local result = ctx.project:repair(opts.names)
    if ctx.out:result(result) then return end
    for _, item in ipairs(result.repaired) do ctx.out:line("repaired  %s/%s", item.stream, item.name) end
    for _, item in ipairs(result.skipped) do ctx.out:line("%s/%s %s", item.stream, item.name, item.why) end
  end,
}

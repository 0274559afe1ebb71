return {
  name    = "rename",
  summary = "give the history the new name of a renamed file",
  chapter = "recovery",
  needs   = { project = true, db = true, write = true },
  args    = {
    { name = "old", required = true, migration = "all", help = "the name in the history" },
    { name = "new", required = true, migration = "all", help = "the new name of the file" },
  },

  run = function(ctx, opts)
    local result = ctx.project:rename(opts.old, opts.new)
    if ctx.out:result(result) then return end
    for _, item in ipairs(result.renamed) do ctx.out:line("renamed  %s/%s to %s", item.stream, item.name, item.to) end
  end,
}

local function check(ctx, opts)
  if opts.all and opts.old then ctx:usage "--all takes no names" end
  if not opts.all and not opts.old then ctx:usage "OLD is missing" end
  if not opts.all and not opts.new then ctx:usage "NEW is missing" end
end

return {
  name    = "rename",
  summary = "give the history the new name of a renamed file",
  chapter = "recovery",
  needs   = { project = true, db = true, write = true },
  args    = {
    { name = "old", migration = "all", help = "the name in the history" },
    { name = "new", migration = "all", help = "the new name of the file" },
  },
  options = { all = { flag = true, help = "each migration whose contents a file with another name has now" } },

  run = function(ctx, opts)
    check(ctx, opts)
    local result = opts.all and ctx.project:rename_all() or ctx.project:rename(opts.old, opts.new)
    if ctx.out:result(result) then return end
    for _, item in ipairs(result.renamed) do ctx.out:line("renamed  %s/%s to %s", item.stream, item.name, item.to) end
    if #result.renamed == 0 then ctx.out:line "nothing to rename" end
  end,
}

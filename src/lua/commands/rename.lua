-- OLD and NEW of each migration whose file was renamed: the new file has the contents that were applied.
local function find_renamed(project)
  local status, pairs = project:status(), {}
  for _, stream in ipairs { "auto", "manual" } do
    for _, item in ipairs(status[stream]) do
      if item.renamed_from then pairs[#pairs + 1] = { item.renamed_from, ("%s/%s"):format(stream, item.name) } end
    end
  end
  return pairs
end

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
    local all = { renamed = moonbird.json.array(), skipped = moonbird.json.array() }
    for _, pair in ipairs(opts.all and find_renamed(ctx.project) or { { opts.old, opts.new } }) do
      local result = ctx.project:rename(pair[1], pair[2])
      table.move(result.renamed, 1, #result.renamed, #all.renamed + 1, all.renamed)
      all.pending = result.pending
    end
    all.pending = all.pending or ctx.project:status().pending
    if ctx.out:result(all) then return end
    for _, item in ipairs(all.renamed) do ctx.out:line("renamed  %s/%s to %s", item.stream, item.name, item.to) end
    if #all.renamed == 0 then ctx.out:line "nothing to rename" end
  end,
}

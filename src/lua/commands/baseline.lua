-- A first migration makes sense only where there is none.
local function write_first(ctx, opts)
  if opts.name then ctx:usage "--write takes no NAME: it writes the first migration" end
  local files, folder = ctx.project:files "auto"
  if #files > 0 then ctx:usage("--write writes the first migration, but the folder \"%s\" already has migrations", folder) end
  ctx.project:allow_baseline()
  return ctx:write_first_migration "the schema so far"
end

return {
  name    = "baseline",
  summary = "start with an existing database: record migrations up to NAME as applied",
  chapter = "recovery",
  needs   = { project = true, db = true, write = true },
  args    = { { name = "name", migration = "auto", help = "the last migration to record; default: all" } },

  options = {
    write = { flag = true, help = "first write a migration that makes the schema of the database, and record it" },
    force = { flag = true, help = "record them even if the history of another tool lists fewer or more, or cannot be compared" },
  },

  run = function(ctx, opts)
    local written = opts.write and write_first(ctx, opts)
    local result = ctx.project:baseline(opts.name, opts.force)
    if ctx.out:result(result) then return end
    for _, file in ipairs(written and written.files or {}) do ctx.out:text(ctx:path(file)) end
    for _, item in ipairs(result.marked) do ctx.out:line("marked  %s/%s", item.stream, item.name) end
    ctx.out:line("%d marked as applied, %d pending", #result.marked, result.pending)
  end,
}

local function source(ctx, name)
  return ctx.project:reader(name)
end

return {
  name    = "generate",
  summary = "write the migration that leads from one schema to another",
  chapter = "schema",
  needs   = { project = true, anywhere = true },
  options = {
    from = { arg = "SOURCE", help = "the schema to start from" },
    to = { arg = "SOURCE", help = "the schema to reach" },
    dry_run = { flag = true, help = "print the migration and write no file" },
  },

  run = function(ctx, opts)
    local schema = ctx:schema()
    local from = schema.snapshot.read(source(ctx, opts.from), { "moonbird" })
    local to = schema.snapshot.read(source(ctx, opts.to), { "moonbird" })
    for _, statement in ipairs(schema.difference.statements(schema.difference.between(from, to))) do
      ctx.out:text(statement .. ";")
    end
  end,
}

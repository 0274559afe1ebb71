return {
  name    = "dump",
  summary = "print the schema of the database as SQL",
  chapter = "schema",
  needs   = { project = true, db = true, anywhere = true },
  options = {
    lua = { flag = true, help = "print it in the form of schema.lua" },
    mermaid = { flag = true, help = "print an entity-relationship diagram in Mermaid's language" },
  },

  run = function(ctx, opts)
    if (ctx.json and 1 or 0) + (opts.lua and 1 or 0) + (opts.mermaid and 1 or 0) > 1 then
      ctx:usage "only one of --json, --lua and --mermaid is possible"
    end
    local dump = ctx:dump()
    ctx:say_notes(dump)
    if ctx.json then
      ctx.out:result { objects = dump.objects() }
    else
      local text = opts.mermaid and dump.mermaid() or opts.lua and dump.lua() or dump.sql()
      ctx.out:data(text)
    end
  end,
}

local actions = {}

function actions.start(ctx)
  ctx.server.start()
  local status = ctx.server.status()
  if not ctx.out:result(status) then ctx.out:line("running: %s", status.url) end
end

function actions.stop(ctx)
  local was_running = ctx.server.stop()
  if ctx.out:result { stopped = was_running } then return end
  ctx.out:line(was_running and "stopped" or "already stopped")
end

function actions.status(ctx)
  local status = ctx.server.status()
  if ctx.out:result(status) then return end
  if not status.made then
    ctx.out:text "not created yet"
    return
  end
  ctx.out:text(status.running and ("running, pid %d"):format(status.pid) or "stopped; to start it: moonbird dev start")
  ctx.out:text(("PostgreSQL %s\n%s\n%s"):format(status.version, status.data, status.url))
end

function actions.url(ctx)
  ctx.server.start()
  local url = ctx.server.status().url
  if not ctx.out:result { url = url } then ctx.out:text(url) end
end

-- The paths of files for psql are relative to the user's folder.
function actions.psql(ctx, words)
  ctx.server.psql(words, ctx.folder)
end

function actions.reset(ctx)
  ctx:confirm "Delete this project's server with all its data?"
  ctx.server.reset()
  if not ctx.out:result { reset = true } then ctx.out:line "deleted" end
end

return {
  name    = "dev",
  summary = "use the project's own PostgreSQL server",
  chapter = "configuration",
  needs   = { server = true },
  args    = {
    { name = "action", required = true, choice = { "start", "stop", "status", "url", "psql", "reset" },
      help = "what to do" },
    { name = "words", label = "option", many = true, connection = true, help = "after psql --: options for psql" },
  },

  run = function(ctx, opts)
    if #opts.words > 0 and opts.action ~= "psql" then ctx:usage("dev %s does not take arguments", opts.action) end
    if opts.database or opts.env and opts.env ~= "dev" then
      ctx:usage "dev always uses the project's own server: omit -d and -e"
    end
    return actions[opts.action](ctx, opts.words)
  end,
}

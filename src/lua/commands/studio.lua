return {
  name    = "studio",
  summary = "show the database, its history and runs in a browser on this machine",
  chapter = "studio",
  needs   = { config = true },
  options = {
    port   = { integer = true, min = 1, max = 65535, help = "listen on this port of 127.0.0.1; default: a free one" },
    socket = { arg = "PATH", file = true, help = "listen on a Unix socket in place of a port" },
    open   = { flag = true, help = "open the page in a browser" },
    write  = { flag = true, help = "allow pages to edit rows, and the console to write" },
    worker = { flag = true, hidden = true },
  },

  run = function(ctx, opts)
    if opts.json then ctx:usage "studio has no --json output" end
    return ctx:serve_studio(opts)
  end,
}

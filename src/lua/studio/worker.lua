-- worker.lua: a process that answers requests with the pages of the studio, until the studio ends.

local core = ...
local router = core.require "studio.router"

return function(ctx, opts)
  ctx.studio = {
    project = core.studio.folder(), write = opts.write or false,
    use = function(name) return core.require("studio." .. name) end, -- a module that pages share
  }
  -- The environments other than that of the page.
  function ctx.studio.others()
    local list = moonbird.json.array()
    for _, name in ipairs(ctx:environments()) do
      if name ~= (ctx.environment or ctx.opts.env) then list[#list + 1] = name end
    end
    return list
  end
  while true do
    local request = core.studio.next()
    if not request then return 0 end
    local lost, status, kind, text = router.answer(ctx, request)
    lost = lost or ctx.db and not pcall(ctx.session.settle, ctx.session)
    core.studio.reply(status, kind, text)
    -- The next request gets a new process, and with it a new session.
    if lost then return 0 end
  end
end

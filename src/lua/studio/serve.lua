-- serve.lua: the process of the studio.  It serves files and live events, and starts runs; workers make the pages.

local core = ...
local router = core.require "studio.router"

local ASSETS = "studio/assets/"

local function files()
  local list = {}
  for path, file in pairs {
    ["/"] = { "enter.html", "text/html; charset=utf-8" }, ["/enter.js"] = { "enter.js", "text/javascript; charset=utf-8" },
    ["/studio.js"] = { "studio.js", "text/javascript; charset=utf-8" }, ["/studio.css"] = { "studio.css", "text/css; charset=utf-8" },
    ["/favicon.ico"] = { "icon.svg", "image/svg+xml" },
  } do
    list[#list + 1] = { path = path, type = file[2], text = core.built_in_text(ASSETS .. file[1]) }
  end
  return list
end

-- The words that all children of the studio get.
local function shared_words(ctx)
  local words = {}
  if ctx.opts.config then words = { "-c", ctx.opts.config } end
  return words
end

local orders = {}

local function text(value) return value ~= nil and value ~= moonbird.null and tostring(value) or nil end

-- --yes answers the questions of a command, and also the one before a protected environment is changed.  So it is
-- passed on only if the environment is not protected, or if its name was typed.  `recognised` is the environment that
-- the page found the database to belong to, however it was named.
local function may_say_yes(ctx, body)
  local name = text(body.recognised) or text(body.environment)
  local environment = name and (ctx.config.environments or {})[name]
  return body.yes == true and not (environment and environment.protected and text(body.confirmed) ~= name)
end

-- { command, args, options, environment, recognised, yes, confirmed }: starts a run.  The child asks the policies,
-- as at a terminal; `confirmed` is the name of a protected environment that the person has typed.
function orders.command(ctx, studio, body)
  if type(body) ~= "table" or type(body.command) ~= "string" or not body.command:find "^%w" then
    return 400, { error = { message = "the order has no command" } }
  end
  if body.command == "studio" or body.command == "console" then
    return 400, { error = { message = ("\"%s\" needs a terminal"):format(body.command) } }
  end
  local shown = {}
  local function add(...)
    for _, word in ipairs { ... } do shown[#shown + 1] = word end
  end
  if text(body.environment) then add("-e", body.environment) end
  if may_say_yes(ctx, body) then add "--yes" end
  add(table.unpack(router.command_words(body)))
  return 200, { run = studio:run {
    argv = table.move(shown, 1, #shown, #shared_words(ctx) + 1, shared_words(ctx)), command = router.command_line(shown),
    environment = text(body.environment), confirmed = text(body.confirmed),
  } }
end

-- { run }: interrupts it.
function orders.cancel(_, studio, body)
  local number = type(body) == "table" and math.tointeger(body.run)
  return 200, { cancelled = number and studio:cancel(number) or false }
end

local function carry_out(ctx, studio, number, name, body)
  local order = orders[name]
  if not order then return studio:answer(number, 404, { error = { message = "unknown order" } }) end
  local ok, status, value = pcall(order, ctx, studio, body)
  if ok then return studio:answer(number, status, value) end
  studio:answer(number, 500, { error = { message = tostring(type(status) == "table" and status.message or status) } })
end

-- A run goes on without the studio; a person at a terminal is asked first.
local function may_end(ctx, studio)
  local n = studio:runs()
  if n == 0 then return true end
  local noun = n == 1 and "1 run is" or n .. " runs are"
  local answer = core.confirm(("%s under way, and will continue without the studio. End the studio?"):format(noun))
  if answer == false then return false end
  ctx.out:line("%s still under way; moonbird status shows it", noun)
  return true
end

local function tell_address(ctx, studio, first)
  local address = studio:address()
  ctx.out:text((first and "the studio is at %s" or "for another browser: %s"):format(address))
  return address
end

-- The address is on the terminal, too: a browser that cannot be opened is no reason to end.
local function open_browser(studio, address)
  local ok, problem = pcall(studio.open, studio, address)
  if not ok then moonbird.log.warn("%s", problem.message or problem) end
end

return function(ctx, opts)
  if opts.port and opts.socket then ctx:usage "give --port or --socket, not both" end
  local worker = shared_words(ctx)
  table.move({ "--quiet", "studio", "--worker" }, 1, 3, #worker + 1, worker)
  if opts.write then worker[#worker + 1] = "--write" end
  local studio <close> = core.studio.open {
    database = ctx.opts.database, port = opts.port, socket = opts.socket, environment = ctx.opts.env, worker = worker, files = files(),
  }
  if opts.socket then ctx.out:text(("the studio listens on %s"):format(opts.socket)) end
  local address = tell_address(ctx, studio, true)
  if opts.open then open_browser(studio, address) end
  while true do
    local number, name, body = studio:wait()
    if not number then
      if may_end(ctx, studio) then return 0 end
    elseif number == 0 then
      tell_address(ctx, studio, false)
    else
      carry_out(ctx, studio, number, name, body)
    end
  end
end

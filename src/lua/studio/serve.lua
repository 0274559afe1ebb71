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

local global = core.require "options".global
local harmless = { verbose = true, wait = true, no_wait = true }
local orders = {}

local function text(value) return value ~= nil and value ~= moonbird.null and tostring(value) or nil end

-- Why the order is refused, or nil.
local function problem_of(body)
  if type(body) ~= "table" or type(body.command) ~= "string" or not body.command:find "^%w[%w_-]*$" then
    return "the order has no command"
  end
  if body.command == "studio" or body.command == "console" then return ("\"%s\" needs a terminal"):format(body.command) end
  for _, key in ipairs { "environment", "confirmed" } do
    if text(body[key]) and not (type(body[key]) == "string" and body[key]:find "^[%w_]+$") then return ("\"%s\" is not a name"):format(key) end
  end
  for _, key in ipairs { "args", "options" } do
    if body[key] == moonbird.null then body[key] = nil end
    if body[key] ~= nil and type(body[key]) ~= "table" then return ("\"%s\" is not a list"):format(key) end
  end
  for _, word in ipairs(body.args or {}) do
    if type(word) ~= "string" and type(word) ~= "number" then return "an argument is not a string" end
  end
  for key, value in pairs(body.options or {}) do
    local named = type(key) == "string" and (key:find "^%a[%w_-]*$" or key:find "^set%.[%w_]+$") -- set.NAME: a parameter
    if not named or type(value) == "table" then return "an option is not valid" end
    -- The environment, the project and the answers to questions are the page's, not those of a form.
    if global[key:gsub("-", "_")] and not harmless[key:gsub("-", "_")] then return ("an order cannot have the option --%s"):format(key) end
  end
end

-- { command, args, options, environment, yes, confirmed }: starts a run.  The child asks the policies, as at a
-- terminal: --yes does not answer for a protected environment there, but only `confirmed`, its name, which the person
-- has typed.
function orders.command(ctx, studio, body)
  local problem = problem_of(body)
  if problem then return 400, { error = { message = problem } } end
  local shown = {}
  local function add(...)
    for _, word in ipairs { ... } do shown[#shown + 1] = word end
  end
  if text(body.environment) then add("-e", body.environment) end
  if body.yes == true then add "--yes" end
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
  studio:answer(number, type(status) == "table" and status.kind == "usage" and 400 or 500, { error = { message = tostring(type(status) == "table" and status.message or status) } })
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

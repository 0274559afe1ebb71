-- cli.lua: from the command line to one command's run(ctx, opts).
--
-- A command is a table { name, summary, needs, args, options, run }: one of
-- commands/*.lua here, or one of the project's own scripts/commands/*.lua.
-- This file reads the command line, runs the command with its ctx, and makes its
-- result the exit status.  `core` is C: src/binding/command/core.c; commands reach
-- it only through ctx.

local core = ...
local options = core.require "options"
local commands = core.require "find_command"
local context = core.require "context"
local out = core.require "out"
local place = core.require "place"

-- The exit status for the value that a command returned; nil is 0.
local function status_of(command, result)
  if result == nil then return 0 end
  if math.type(result) == "integer" and result >= 0 and result <= 255 then return result end
  core.fail("failed", ("command \"%s\" returned %s, not an exit status"):format(command.name, tostring(result)),
            "A command returns a number from 0 to 255, or nothing. To report a failure, call error(...).")
end

local function run(command, opts)
  core.runs_built_in = not command.own
  local _ <close> = context.enter_command(command.name)
  local ctx <close> = context.new(command, opts)
  ctx:provide(command.needs)
  ctx.status = status_of(command, command.run(ctx, opts))
  return ctx.status
end

local function show_help(opts, command)
  opts.topic = command and command.name
  return run(commands.find "help", opts)
end

-- Applies -C and the options for output as soon as they are read.
local function set_up(opts)
  if opts.dir then
    place.leave_project()
    core.enter(opts.dir)
  end
  core.output(opts.quiet and "warn" or opts.verbose and "debug" or "info", opts.color or "auto",
              opts.json or false, opts.yes or false)
end

local function all_options(command)
  local specs = {}
  for key, spec in pairs(options.global) do specs[key] = spec end
  for key, spec in pairs(command.options or {}) do specs[key] = spec end
  return specs
end

local function open_events(opts, command)
  if opts.json and opts.events == "fd:1" then
    core.fail("usage", "--json and --events fd:1 both write to standard output", "Give --events another descriptor or a file.")
  end
  core.events(opts.events, command.name)
end

local understood = false -- are all words of the command line read?

local function main(argv, opts)
  local words = {}
  local i = options.read(opts, argv, 1, options.global)
  if opts.version then
    core.data("moonbird " .. moonbird.version .. "\n")
    return 0
  end
  set_up(opts)
  if not opts.dir then place.enter_project() end
  opts.dir = nil
  if not argv[i] then
    if opts.help then return show_help(opts) end
    core.fail("usage", "no command given", "See \"moonbird help\".")
  end
  local command = commands.find(argv[i])
  if command.needs and command.needs.anywhere then place.leave_project() end
  local specs = all_options(command)
  options.read(opts, argv, i + 1, specs, words, command.name)
  understood = true
  set_up(opts)
  if opts.help then return show_help(opts, command) end
  options.bind(command, opts, words)
  place.take_paths(command, specs, opts)
  if opts.events then open_events(opts, command) end
  return run(command, opts)
end

-- Finds --json even after a wrong word.
local function wants_json(argv, opts)
  if opts.json or understood then return opts.json end
  for _, word in ipairs(argv) do
    if word == "--" then return false end
    if word == "--json" then return true end
  end
end

return function(argv)
  local opts = {}
  local _ <close> = setmetatable({}, {
    __close = function(_, err)
      if err and not out.has_document() and wants_json(argv, opts) then core.document(out.failure(err)) end
    end,
  })
  return main(argv, opts)
end

-- methods.lua: snapshot, difference and generate of ctx.project.
--
-- C calls each function with the session of a command, or nil in a hook or a check; with the file of the configuration,
-- or nil; with the configuration; and with the arguments of the method, whose types it has checked
-- (src/binding/scratch/schema_methods.c).

local core = ...
local changes = core.require "schema.difference.changes"
local keep = core.require "schema.difference.keep"
local new_migration = core.require "new_migration"
local new_workshop = core.require "schema.source"
local snapshot = core.require "schema.snapshot"

local methods = {}

-- What the modules of schema/ need of the ctx of a command.
local Context = { new_migration = new_migration }
Context.__index = Context

function Context.usage(_, fmt, ...) core.fail("usage", fmt:format(...), 'See "moonbird help generate".') end

local function new_context(session, file, config)
  return setmetatable({ project = session, file = file, config = config or {} }, Context)
end

-- Calls fn(ctx, …); a hook or a check gets a session for the time of the call.
local function with_session(ctx, fn, ...)
  if ctx.project then return fn(ctx, ...) end
  ctx.project = core.session(ctx.file)
  local _ <close> = setmetatable({}, { __close = function(_, err)
    ctx.project:close(err)
    ctx.project = nil
  end })
  return (fn(ctx, ...)) -- one value, so that this is no tail call, which would close the session first
end

local function read_source(ctx, name)
  local workshop <close> = new_workshop(ctx, ctx.config.scratch)
  return workshop:snapshot(workshop:source(name), nil)
end

-- `of`: a source, or a db.
function methods.snapshot(session, file, config, of)
  local ctx = new_context(session, file, config)
  if type(of) == "string" then return with_session(ctx, read_source, of) end
  return new_workshop(ctx):read(of)
end

-- Calls fn; afterwards the objects of the snapshot have the owners that they had before.
local function keeping_owners(found, fn)
  local open = {}
  for _, object in ipairs(found.list) do
    if not object.owner then open[#open + 1] = object end
  end
  local result = fn()
  for _, object in ipairs(open) do object.owner = nil end
  return result
end

function methods.difference(_, _, _, from, to, opts)
  local plain = opts and opts.plain
  local list = {}
  keeping_owners(to, function()
    keep(from, to, {})
    for i, statement in ipairs(changes.statements(changes.between(from, to, plain))) do
      list[i] = statement.sql or ("-- %s\nCOMMIT"):format(statement.boundary)
    end
  end)
  return list
end

function methods.generate(session, file, config, opts)
  local ctx = new_context(session, file, config)
  local options = { from = "migrations", to = "schema" }
  for key, value in pairs(opts) do options[key] = value end
  local made = with_session(ctx, core.require "schema.generate", options)
  local write = made.write
  function made.write(title)
    if type(title) ~= "string" then error("write needs a title, such as made.write \"add tags\"", 2) end
    return with_session(ctx, function() return write(title) end)
  end
  return made
end

return methods

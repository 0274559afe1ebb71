-- applied.lua: in which databases a migration is applied, as far as they can be asked.

local core = ...
local tree = core.require "lint.tree"

local words = { applied = "it is applied in %s", running = "it is running in %s", failed = "it has run half-way in %s" }

-- Does the environment have an address?  Without one it is not used from here.
local function has_address(name, environment)
  return environment.url or moonbird.env(("DATABASE_%s_URL"):format(name:upper():gsub("[^%w]", "_"))) ~= nil
end

local function note(states, project, where)
  local status = project:status {}
  for _, stream in ipairs { "auto", "manual" } do
    for _, item in ipairs(status[stream]) do
      local key = stream .. "/" .. item.name
      if words[item.state] and not states[key] then states[key] = words[item.state]:format(where) end
    end
  end
end

-- Another environment is asked over a session of its own.
local function ask(states, ctx, name)
  local session = core.session(ctx.opts.config, 0)
  local ok, err = pcall(function()
    session:connect(nil, name, ctx.name)
    note(states, session, name)
  end)
  session:close()
  if not ok then error(err, 0) end
end

-- → STREAM/NAME → "it is applied in staging", the names of environments that could not be asked
return function(ctx)
  local states, unknown = {}, {}
  note(states, ctx.project, ctx.environment or "this database")
  for name, environment in tree.sorted(ctx.config.environments or {}) do
    if name ~= ctx.environment and has_address(name, environment) and not pcall(ask, states, ctx, name) then
      unknown[#unknown + 1] = name
    end
  end
  return states, unknown
end

-- rehearse.lua: runs the steps of a plan in a scratch database, and tells what each statement locks and rewrites there.

local core = ...
local applied = core.require "schema.applied"
local new_workshop = core.require "schema.source"
local sizes = core.require "lint.sizes"
local watch = core.require "rehearsal.watch"

local function size_of(all, name)
  local size = all[name]
  return size and { rows = size.rows, bytes = size.bytes } or moonbird.null
end

-- Adds the sizes of the tables in the real database.
local function add_sizes(statements, all)
  for _, statement in ipairs(statements) do
    for _, lock in ipairs(statement.locks) do lock.size = size_of(all, lock.relation) end
  end
end

-- plan: of project:plan.  → a list with the name of each step, and its statements as watch.lua has them
return function(ctx, plan)
  local workshop <close> = new_workshop(ctx, ctx.config.scratch)
  local steps = moonbird.json.array()
  if #plan.steps == 0 then return steps end
  local db = workshop:database { applied = applied(ctx.project:status {}) }
  local database = db:value "SELECT pg_catalog.current_database()"
  local all = sizes.read(function(sql) return (ctx.db:query(sql)) end)
  local trial = workshop:server()
  for i, step in ipairs(plan.steps) do
    local statements, handle = watch()
    local ok, err = pcall(trial.rehearse, trial, database, step.stream .. "/" .. step.name, step.direction, handle)
    if not ok then
      moonbird.log.info("note: the rehearsal of %s fails; your database is not changed", step.name)
      error(err, 0)
    end
    add_sizes(statements, all)
    steps[i] = { name = step.name, stream = step.stream, direction = step.direction, statements = statements }
  end
  return steps
end

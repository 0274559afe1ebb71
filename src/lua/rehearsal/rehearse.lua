-- rehearse.lua: runs the steps of a plan in a scratch database, and tells what each statement locks and rewrites there.

local core = ...
local applied = core.require "schema.applied"
local compare = core.require "schema.difference.compare"
local copy_sample = core.require "rehearsal.sample"
local new_workshop = core.require "schema.source"
local new_queries = core.require "rehearsal.queries"
local sizes = core.require "lint.sizes"
local watch = core.require "rehearsal.watch"

local function size_of(all, name)
  local size = all[name]
  return size and { rows = size.rows, bytes = size.bytes } or moonbird.null
end

-- The time that the statement takes if each row takes as long as one of the sample: { ms, relation, sampled }.  If it works on
-- several tables, the one that has the most rows for each row of the sample decides.
local function estimate(statement, all, counts)
  local most, of
  for _, each in ipairs(statement.duration_ms ~= moonbird.null and statement.work or {}) do
    local size, sampled = all[each.relation], counts[each.relation]
    local factor = size and sampled and sampled > 0 and size.rows / sampled
    if factor and factor > 1 and (not most or factor > most) then most, of = factor, each.relation end
  end
  return most and { ms = statement.duration_ms * most, relation = of, sampled = counts[of] } or moonbird.null
end

-- Adds the sizes of the tables in the real database, and with a sample what the statements take there.
local function add_sizes(statements, all, counts)
  for _, statement in ipairs(statements) do
    for _, lock in ipairs(statement.locks) do lock.size = size_of(all, lock.relation) end
    for _, each in ipairs(statement.work) do each.size = size_of(all, each.relation) end
    statement.estimate = counts and estimate(statement, all, counts) or moonbird.null
  end
end

-- A scratch database to which the migrations are applied that are applied to the real one.
local Stage = {}
Stage.__index = Stage

local function new_stage(workshop, names, args)
  local db = workshop:database { applied = names, args = args, kept_first = true }
  return setmetatable({ workshop = workshop, trial = workshop:server(), db = db,
                        database = db:value "SELECT pg_catalog.current_database()" }, Stage)
end

-- Runs the step in a direction, and returns its statements.
function Stage:run(step, direction)
  local statements, handle = watch()
  self.trial:rehearse(self.database, step.stream .. "/" .. step.name, direction, handle)
  return statements
end

local function traced(stage, step, all, counts)
  local ok, statements = pcall(stage.run, stage, step, step.direction)
  if not ok then
    moonbird.log.info("note: the rehearsal of %s fails; your database is not changed", step.name)
    error(statements, 0)
  end
  add_sizes(statements, all, counts)
  return { name = step.name, stream = step.stream, direction = step.direction, statements = statements,
           rollback = moonbird.null }
end

local function is_absent(err) return type(err) == "table" and (err.kind == "file" or err.kind == "policy") end

-- Applies the step, rolls it back and applies it again.  → does that lead back to the same schema, why not, and can the
-- next step be tried?
local function try_rollback(stage, step)
  local before = stage.workshop:read(stage.db)
  stage:run(step, "up")
  local ok, err = pcall(stage.run, stage, step, "down")
  if not ok then return false, (is_absent(err) and "" or "the rollback fails: ") .. err.message, is_absent(err) end
  local names = {}
  for i, difference in ipairs(compare.snapshots(stage.workshop:read(stage.db), before)) do names[i] = difference.object.name end
  ok, err = pcall(stage.run, stage, step, "up")
  if #names > 0 then return false, "the rollback leaves differences: " .. table.concat(names, ", "), ok end
  if not ok then return false, "after the rollback, it cannot be applied again: " .. err.message, false end
  return true, moonbird.null, true
end

-- Adds `rollback` to the steps that are applied, up to the first one after which no further step
-- can be tried.
local function try_rollbacks(stage, steps)
  for _, step in ipairs(steps) do
    if step.direction ~= "up" then return end
    local ok, message, more = try_rollback(stage, step)
    step.rollback = { ok = ok, message = message }
    if not more then return end
  end
end

-- plan: of project:plan.  options: queries (a file, or "pg_stat_statements"), sample (rows of each table), set (values
-- of --set).
-- → a list with the name of each step, its statements as watch.lua has them, whether its rollback leads back, and the queries
-- that it breaks
return function(ctx, plan, options)
  local set = options and options.set
  local workshop <close> = new_workshop(ctx, ctx.config.scratch, set)
  local steps = moonbird.json.array()
  if #plan.steps == 0 then return steps end
  local names, args = applied(ctx.project:status {})
  local all = sizes.read(function(sql) return (ctx.db:query(sql)) end)
  local stage = new_stage(workshop, names, args)
  local counts = options and options.sample and copy_sample(ctx.db, stage.db, options.sample)
  local queries = options and options.queries and new_queries(ctx, options.queries, stage.db)
  for i, step in ipairs(plan.steps) do
    steps[i] = traced(stage, step, all, counts)
    steps[i].broken = queries and queries:broken(stage.db) or moonbird.null
  end
  -- On another server, because roles and tablespaces belong to the server, and the first rehearsal made them.
  local other <close> = new_workshop(ctx, ctx.config.scratch, set)
  try_rollbacks(new_stage(other, names, args), steps)
  return steps
end

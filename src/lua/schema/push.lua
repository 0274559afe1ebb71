-- push.lua: changes a database to the desired schema, without a migration.

local core = ...
local keep = core.require "schema.difference.keep"
local hazards = core.require "schema.warnings.hazards"
local losses = core.require "schema.warnings.losses"
local notes = core.require "schema.warnings.notes"
local changes = core.require "schema.difference.changes"
local new_workshop = core.require "schema.source"
local renames = core.require "schema.renames"
local write = core.require "schema.write"

local push = {}

-- options: rename, ask (of renames.apply), no_owner, no_privileges (of keep.lua) →
-- { statements (their number), forward (their text), losses, hazards, likely, notes, orders (of notes.between) }
function push.plan(ctx, options)
  options = options or {}
  local workshop <close> = new_workshop(ctx, ctx.config.scratch)
  local to, from = workshop:source "schema", { db = ctx.db, work = ctx.db }
  to.snapshot = workshop:snapshot(to)
  local function read(statements) return workshop:snapshot(from, statements) end
  local function compare(snapshot)
    keep(snapshot, to.snapshot, options)
    return changes.between(snapshot, to.snapshot, true)
  end
  local way = renames.apply(read, compare, { rename = options.rename, hints = to.hints, ask = options.ask })
  local statements = changes.of_strings(way.forward)
  for _, statement in ipairs(changes.statements(way.changes)) do statements[#statements + 1] = statement end
  local noted, orders = notes.between(way.from, to.snapshot, way.changes)
  return { statements = #statements, forward = write.text(statements), losses = losses.of(way.changes), likely = way.likely,
           hazards = hazards.list(statements), notes = noted, orders = orders }
end

-- Keeps the statements in a file, so that an error can name the line.
function push.run(ctx, plan)
  ctx.project:run(ctx.project:keep_sql("push", plan.forward), {})
end

return push

-- push.lua: changes a database to the desired schema, without a migration.

local core = ...
local losses = core.require "schema.losses"
local difference = core.require "schema.difference"
local new_workshop = core.require "schema.source"
local write = core.require "schema.write"

local push = {}

-- { statements (their number), forward (their text), losses }
function push.plan(ctx)
  local workshop <close> = new_workshop(ctx, ctx.config.scratch)
  local changes = difference.between(workshop:read(ctx.db), workshop:snapshot(workshop:source "schema"))
  return { statements = #difference.statements(changes), forward = write.text(changes), losses = losses(changes) }
end

-- The statements are kept in a file, so that an error has its place.
function push.run(ctx, plan)
  ctx.project:run(ctx.project:keep_sql("push", plan.forward), {})
end

return push

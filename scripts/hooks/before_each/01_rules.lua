-- The rules of the team. `moonbird plan` asks them too, so a merge request shows what they refuse.

local index_rule = require "index_rule"

return function(db, ctx)
  local migration = ctx.migration
  if ctx.stream == "manual" and ctx.direction == "up" and not migration.description then
    error { message = "a manual migration needs a description", file = migration.path }
  end
  for _, statement in ipairs(migration.statements or {}) do index_rule(ctx, statement) end
end

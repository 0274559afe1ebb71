-- before_each has looked at the statements of an SQL file. Those of a Lua file come one by one.

local index_rule = require "index_rule"

return function(db, ctx)
  if not ctx.migration.statements then index_rule(ctx, ctx.statement) end
end

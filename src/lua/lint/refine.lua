-- refine.lua: what the catalog and the migration's earlier statements tell of the effects of a statement: a new type that
-- changes the catalog only, a SET NOT NULL that reads no row.

local core = ...
local constraints = core.require "lint.schema.constraints"
local tree = core.require "lint.tree"
local type_change = core.require "lint.schema.type_change"

local by_key = {}

by_key["AlterTable.AlterColumnType"] = function(ctx, effect)
  local does, _, because = type_change.consequence(ctx, ctx.statement.tree.relation, effect.at)
  return { rewrites = does == "rewrites", scans = does ~= nil, unless = because and because:match "^, unless .*" }
end

by_key["AlterTable.SetNotNull"] = function(ctx, effect)
  return { scans = not constraints.is_not_null(ctx, tree.name(ctx.statement.tree.relation), effect.at.name) }
end

-- Corrects the facts of effects.
return function(ctx, effects)
  for _, effect in ipairs(effects) do
    local refine = by_key[effect.key]
    for field, value in pairs(refine and refine(ctx, effect) or {}) do effect.fact[field] = value end
  end
  return effects
end

-- cascades.lua: the tables whose rows are deleted with a row of another table, by foreign keys with ON DELETE CASCADE.

local core = ...
local tree = core.require "lint.tree"

local cascades = {}

-- Does the foreign key delete its rows?  ConfDelType in pg_constraint.h.
function cascades.deletes(key) return key.definition.fk_del_action == "c" end

-- table → set of the tables whose rows go with one of its rows
local function edges(ctx)
  local all = {}
  for name, of in tree.sorted(ctx.tables.all) do
    for _, key in ipairs(of.foreign) do
      local target = tree.name(key.target)
      all[target] = all[target] or {}
      if cascades.deletes(key) then all[target][name] = true end
    end
  end
  return all
end

local function visit(ctx, all, name, reached)
  local known = ctx:table(name)
  for _, child in ipairs(known and known.cascades or {}) do
    if not reached[child] then
      reached[child] = true
      visit(ctx, all, child, reached)
    end
  end
  for child in pairs(all[name] or {}) do
    if not reached[child] then
      reached[child] = true
      visit(ctx, all, child, reached)
    end
  end
end

-- The sorted names of all tables that lose rows when one of this table is deleted, without itself.
function cascades.reached(ctx, name)
  local reached, names = {}, {}
  visit(ctx, edges(ctx), name, reached)
  reached[name] = nil
  for child in tree.sorted(reached) do names[#names + 1] = child end
  return names
end

return cascades

-- difference.lua: the changes that lead from one snapshot to another, in an order that works.
--
-- A change: { verb = "create" | "alter" | "drop", object, old, statements = { … } }.

local core = ...
local compare = core.require "schema.compare"
local order = core.require "schema.order"
local facets = core.require "schema.facets"

local difference = {}

-- What differs ---------------------------------------------------------------

-- Can ALTER lead there?
local function can_alter(kind, new, old, fields)
  for _, field in ipairs(fields) do
    if not (facets.alter[field] or kind.alter and kind.alter[field]) then return false end
  end
  return not kind.can_alter or kind.can_alter(new, old)
end

-- Plan: what becomes of each object ------------------------------------------

local Plan = {}
Plan.__index = Plan

-- All objects that need `object` in the present database.
local function dependents_of(snapshot)
  local list = {}
  for _, object in ipairs(snapshot.list) do
    for needed in pairs(object.needs) do
      list[needed] = list[needed] or {}
      table.insert(list[needed], object)
    end
  end
  return list
end

function Plan:drop(old)
  if self.drops[old] then return end
  self.drops[old] = true
  self.changed[#self.changed + 1] = old
end

-- Drops the object, and makes it again if the new schema has it.
function Plan:replace(old)
  if self.drops[old] then return end
  local new = self.to.objects[old.id]
  self:drop(old)
  if new then
    self.alters[new] = nil
    self.creates[new] = true
  end
end

-- Also drops the dependents that cannot stay when an object is dropped or changes.
function Plan:spread()
  local dependents = dependents_of(self.from)
  local i = 1
  while i <= #self.changed do
    local old = self.changed[i]
    i = i + 1
    for _, dependent in ipairs(dependents[old] or {}) do
      local new = self.to.objects[dependent.id]
      local alter = new and self.alters[new]
      if not self.drops[dependent] and (self.drops[old] or self:disturbed(old, dependent)) then
        -- A dependent that is altered may have no use for it any more.
        local still = new and self.to.objects[old.id] and new.needs[self.to.objects[old.id]]
        if not (alter and self.drops[old] and not still) then self:replace(dependent) end
      end
    end
  end
end

function Plan:disturbed(old, dependent)
  local new = self.to.objects[old.id]
  local alter = new and self.alters[new]
  local disturbs = old.kind.disturbs
  if not alter or not disturbs then return false end
  for _, field in ipairs(alter) do
    if disturbs[field] and disturbs[field](dependent) then return true end
  end
  return false
end

local function new_plan(from, to)
  local plan = setmetatable({ from = from, to = to, drops = {}, creates = {}, alters = {}, changed = {} }, Plan)
  for _, old in ipairs(from.list) do
    if not to.objects[old.id] then plan:drop(old) end
  end
  for _, new in ipairs(to.list) do
    local old = from.objects[new.id]
    if not old then
      plan.creates[new] = true
    else
      local fields = compare.fields(old, new)
      if #fields > 0 and can_alter(new.kind, new, old, fields) then
        plan.alters[new] = fields
        plan.changed[#plan.changed + 1] = old
      elseif #fields > 0 then
        plan:replace(old)
      end
    end
  end
  plan:spread()
  return plan
end

-- Changes --------------------------------------------------------------------

local function add(list, statements)
  if type(statements) == "string" then list[#list + 1] = statements
  else for _, statement in ipairs(statements or {}) do list[#list + 1] = statement end end
end

local function alter_field(list, field, new, old)
  local alter = new.kind.alter and new.kind.alter[field] or facets.alter[field]
  add(list, alter(new, old, field))
end

-- Statements that a new object needs after its CREATE, because CREATE cannot express them.
local function later(new, context)
  local list, nothing = {}, { kind = new.kind, name = new.name }
  for _, field in ipairs(new.kind.later or {}) do
    if new[field] ~= nil then alter_field(list, field, new, nothing) end
  end
  facets.create(list, new, context)
  return list
end

-- An object is dropped with its owner, without a separate statement.
local function goes_with_owner(plan, old)
  if old.kind.goes_with then return old.kind.goes_with(old, plan.drops) end
  for needed, how in pairs(old.needs) do
    if how == "owned" and plan.drops[needed] then return true end
  end
  return false
end

local function drop_statement(old)
  if old.kind.drop ~= nil then return old.kind.drop and old.kind.drop(old) or {} end
  return "DROP " .. facets.phrase(old)
end

-- A part of a relation that comes from its parent comes with the parent's, unless the relation itself is new.
local function comes_with_parent(plan, new)
  local kind = new.kind
  if not (kind.implied and kind.implied(new)) then return false end
  return not (plan.creates[new.table] and new.table._partition)
end

local function goes_with_parent(plan, old)
  local kind = old.kind
  return kind.implied and kind.implied(old) and not plan.drops[old.table]
end

local function make_changes(plan, context)
  local changes = {}
  for _, old in ipairs(plan.from.list) do
    if plan.drops[old] then
      local change = { verb = "drop", object = old, statements = {} }
      if not goes_with_owner(plan, old) and not goes_with_parent(plan, old) then add(change.statements, drop_statement(old)) end
      changes[#changes + 1] = change
    end
  end
  for _, new in ipairs(plan.to.list) do
    if plan.creates[new] then
      local change = { verb = "create", object = new, parts = {}, later = later(new, context) }
      change.silent = comes_with_parent(plan, new)
      changes[#changes + 1] = change
    elseif plan.alters[new] then
      local change = { verb = "alter", object = new, old = plan.from.objects[new.id], fields = plan.alters[new],
                       statements = {} }
      for _, field in ipairs(plan.alters[new]) do alter_field(change.statements, field, new, change.old) end
      changes[#changes + 1] = change
    end
  end
  return changes
end

-- CREATE statements are written last: parts stand in the statement of their host by then.
local function write_creates(changes)
  for _, change in ipairs(changes) do
    if change.verb == "create" then
      change.statements = {}
      if not change.hosted and not change.silent then
        add(change.statements, change.object.kind.create(change.object, change.parts))
      end
      if not change.hosted then
        for _, statement in ipairs(change.later) do change.statements[#change.statements + 1] = statement end
      end
    end
  end
end

-- `from`, `to`: snapshots.  The changes, in order.
function difference.between(from, to)
  local plan = new_plan(from, to)
  local changes = make_changes(plan, facets.context(from, to))
  changes = order.sort(changes, from, to)
  write_creates(changes)
  return changes
end

-- All statements of some changes, in order.
function difference.statements(changes)
  local list = {}
  for _, change in ipairs(changes) do
    for _, statement in ipairs(change.statements) do list[#list + 1] = statement end
  end
  return list
end

return difference

-- plan.lua: decides for each object whether it is dropped, created, altered, or dropped and created again.
--
-- A plan: { from, to = snapshots, drops = { [old] = true }, creates = { [new] = true }, alters = { [new] = fields },
-- asides = { [old] = true } }. An object in asides must be created again while tables still store its values. It gets
-- another name until the values are converted to the new object.

local core = ...
local compare = core.require "schema.difference.compare"
local facets = core.require "schema.facets"

-- Can ALTER change these fields?
local function can_alter(new, old, fields, version)
  local kind = new.kind
  for _, field in ipairs(fields) do
    if not (facets.alter[field] or kind.alter and kind.alter[field]) then return false end
  end
  return not kind.can_alter or kind.can_alter(new, old, version)
end

-- Plan -----------------------------------------------------------------------

local Plan = {}
Plan.__index = Plan

-- With these kinds of needs, an object can exist without the other one.
local loosely = { before = true, around = true, beside = true }

-- All objects that need `object` in the present database.
local function dependents_of(snapshot)
  local list = {}
  for _, object in ipairs(snapshot.list) do
    for needed, how in pairs(object.needs) do
      if not loosely[how] then
        list[needed] = list[needed] or {}
        table.insert(list[needed], object)
      end
    end
  end
  return list
end

function Plan:drop(old)
  if self.drops[old] then return end
  self.drops[old] = true
  self.changed[#self.changed + 1] = old
end

-- Drops the object, and creates it again if the new schema has it.
function Plan:replace(old)
  if self.drops[old] then return end
  local instead = old.kind.instead and old.kind.instead(old, self.to)
  if instead and not self.drops[instead] and self.to.objects[old.id] then return self:replace(instead) end
  local new = self.to.objects[old.id]
  self:drop(old)
  if new then
    self.alters[new] = nil
    self.creates[new] = true
  end
end

function Plan:alter(old, fields)
  local new = self.to.objects[old.id]
  local list, has = self.alters[new] or {}, {}
  for _, field in ipairs(list) do has[field] = true end
  for _, field in ipairs(fields) do
    if not has[field] then list[#list + 1] = field end
  end
  table.sort(list, facets.before)
  self.alters[new] = list
  self.changed[#self.changed + 1] = old
end

-- If the partition is detached, its index no longer belongs to the index of the partitioned table.
function Plan:is_freed(index) return self.drops[index._above.partition] end

-- Can an object take another name until values have moved?  All dropped objects that it needs must do the same.
function Plan:can_step_aside(old)
  for needed, how in pairs(old.needs) do
    if self.drops[needed] and not loosely[how] and not (needed.kind.aside and self:can_step_aside(needed)) then return false end
  end
  return old.kind.aside ~= nil
end

-- The object of the schema to reach that has the name of a dropped one, maybe of another kind: a view instead of a table.
function Plan:successor(old)
  local same = self.to.objects[old.id]
  if same then return same end
  if not self.by_name then
    self.by_name = {}
    for _, new in ipairs(self.to.list) do
      for _, name in ipairs(facets.names(new)) do self.by_name[name] = new end
    end
  end
  return self.by_name[facets.names(old)[1]]
end

-- Creates again what cannot stay when `old` is dropped.
function Plan:take(old)
  for _, object in ipairs(old.kind.takes and old.kind.takes(old, self.drops, self) or {}) do self:replace(object) end
end

-- Decides what happens to `dependent`, which needs the dropped object `old`.
function Plan:let_go(old, dependent)
  if dependent._above and dependent._above.of == old and self:is_freed(dependent) then return self:take(dependent._above.partition) end
  local new, renewed = self.to.objects[dependent.id], self:successor(old)
  -- The new version of an altered dependent may not need it.
  if new and self.alters[new] and not (renewed and new.needs[renewed]) then return end
  local follows = new and renewed and dependent.kind.follows and self:can_step_aside(old)
  local fields = follows and dependent.kind.follows(dependent, old)
  if not fields then return self:replace(dependent) end
  self.asides[old] = true
  self:alter(dependent, fields)
end

-- Also drops the dependents that cannot stay when an object is dropped or changes.
function Plan:spread()
  local dependents = dependents_of(self.from)
  local i = 1
  while i <= #self.changed do
    local old = self.changed[i]
    i = i + 1
    if self.drops[old] then self:take(old) end
    self:release(old)
    for _, dependent in ipairs(dependents[old] or {}) do
      if not self.drops[dependent] then
        if self.drops[old] then self:let_go(old, dependent)
        elseif self:disturbed(old, dependent) then self:replace(dependent) end
      end
    end
  end
end

-- Creates again the objects that `releases` of its kind names: no order of the changes would leave them right.
function Plan:release(old)
  local new = self.to.objects[old.id]
  local fields = old.kind.releases and not self.drops[old] and new and self.alters[new]
  for _, object in ipairs(fields and old.kind.releases(old, fields, new) or {}) do self:replace(object) end
end

function Plan:disturbed(old, dependent)
  local new = self.to.objects[old.id]
  local alter = new and self.alters[new]
  local disturbs = old.kind.disturbs
  if not alter or not disturbs then return false end
  for _, field in ipairs(alter) do
    if disturbs[field] and disturbs[field](dependent, new, old) then return true end
  end
  return false
end

-- Inheritance ----------------------------------------------------------------

-- The object of the parent table from which `part` is inherited. `stays(link, parent)`: does the link between the two tables
-- stay as it is? Other links do not count.
function Plan:origin(snapshot, part, stays)
  local of = part.kind.inherits
  for _, link in ipairs(of and part.table and part.table._links or {}) do
    local id = of(part, link._of)
    local parent = id and snapshot.objects[id]
    if parent and stays(link, parent) then return parent end
  end
end

-- An object that is set aside still exists, so the dropped objects that it needs are set aside, too.
function Plan:spread_asides()
  local list = {}
  for old in pairs(self.asides) do list[#list + 1] = old end
  while #list > 0 do
    for needed in pairs(table.remove(list).needs) do
      if self.drops[needed] and needed.kind.aside and not self.asides[needed] then
        self.asides[needed] = true
        list[#list + 1] = needed
      end
    end
  end
end

-- Notes the parts that are dropped while parts that were inherited from them stay: { [old] = true }. A part that its own table or
-- another parent has, too, stays in any case; DROP with ONLY would make it the table's own.
function Plan:find_partly()
  self.partly = {}
  for _, old in ipairs(self.from.list) do
    local part = not self.drops[old] and old
    local held = part and (part._merged or self:origin(self.from, part, function(link, parent)
      return not (self.drops[link] or self.drops[parent])
    end))
    while part and not held do
      part = self:origin(self.from, part, function(link) return not self.drops[link] end)
      if part and self.drops[part] then self.partly[part] = true end
    end
  end
end

-- The fields of an object that change, by its own ALTER or by that of its parent: ALTER of a column of a parent table
-- also alters the columns of its children.
function Plan:altered(new)
  if self.reached[new] then return self.reached[new] end
  local fields, left = {}, {}
  self.reached[new] = fields
  for _, field in ipairs(self.alters[new] or {}) do fields[field] = true end
  local parent = not self.creates[new] and self:origin(self.to, new, function(link) return not self.creates[link] end)
  for field in pairs(parent and self:altered(parent) or {}) do
    if new.kind.cascades[field] and new.kind.cascades[field](parent) then
      -- If the ALTER of the parent gives this object a wrong value, another ALTER sets the right one.
      fields[field] = not compare.same(new[field], parent[field])
      self.carried[new] = parent
    end
  end
  for field, here in pairs(fields) do
    if here then left[#left + 1] = field end
    fields[field] = true
  end
  table.sort(left, facets.before)
  if self.carried[new] then self.alters[new] = left end
  return fields
end

function Plan:cascade()
  self.reached, self.carried = {}, {}
  for _, new in ipairs(self.to.list) do
    if new.kind.cascades then self:altered(new) end
  end
end

-- New ------------------------------------------------------------------------

-- Does the table of this object have a parent that it does not have in the other snapshot?
local function has_other_parent(object, other)
  for _, link in ipairs(object.table and object.table._links or {}) do
    if not other.objects[link.id] then return true end
  end
end

function Plan:compare(new)
  local old = self.from.objects[new.id]
  if not old then
    self.creates[new] = true
    local takes = new.kind.takes_when_new and new.kind.takes_when_new(new, self.from)
    if takes then self:replace(takes) end
    return
  end
  local fields = compare.fields(old, new)
  if new.kind.moved and (has_other_parent(old, self.to) or has_other_parent(new, self.from)) then
    new.kind.moved(fields, old, new)
  end
  if #fields == 0 then return end
  if not self.again[new.id] and can_alter(new, old, fields, self.from.version) then self:alter(old, fields) else self:replace(old) end
end

-- `again`: the ids of objects that are created again if they change: { [id] = true }
return function(from, to, again)
  local plan = setmetatable({ from = from, to = to, again = again, drops = {}, creates = {}, alters = {}, asides = {}, changed = {} }, Plan)
  for _, old in ipairs(from.list) do
    if not to.objects[old.id] then plan:drop(old) end
  end
  for _, new in ipairs(to.list) do plan:compare(new) end
  plan:spread()
  plan:spread_asides()
  plan:cascade()
  plan:find_partly()
  return plan
end

-- order.lua: sorts changes, so that each one finds the objects that it needs.
--
-- An edge says that one change comes before another. A change can happen within another one, its carrier: then it has
-- no place in the order, and its edges count for the carrier. If that makes a cycle, such changes get separate
-- statements, and everything is sorted again. If several changes can come next, drops come first, then the order of
-- kinds and names decides, so that equal inputs give equal output.  An edge of preferences.lua is forgotten if it makes a
-- cycle.

local core = ...
local facets = core.require "schema.facets"
local preferences = core.require "schema.difference.preferences"

local order = {}

-- Edges ----------------------------------------------------------------------

-- The outermost carrier of a change, or the change itself.
function order.root(change)
  while change.carrier do change = change.carrier end
  return change
end

-- With these kinds of needs, an object can exist without the other one.
local loosely = { before = true, around = true, beside = true }

local Graph = {}
Graph.__index = Graph

local function new_graph(changes, from, to)
  local graph = setmetatable({ changes = changes, from = from, to = to, drops = {}, creates = {}, alters = {}, by_old = {},
                               asides = {}, own = {} }, Graph)
  for _, change in ipairs(changes) do
    local verb = change.verb
    if verb == "drop" then graph.drops[change.object] = change
    elseif verb == "create" then graph.creates[change.object] = change
    elseif verb == "aside" then graph.asides[change.object] = change
    else graph.alters[change.object], graph.by_old[change.old] = change, change end
  end
  return graph
end

function Graph:edge(first, second)
  if not (first and second) or first.unbound or second.unbound then return end
  local before, after = order.root(first), order.root(second)
  if before == after then return end
  self.own[#self.own + 1] = { first, second }
  if after.waits[before] then return end
  after.waits[before] = true
  after.waiting = after.waiting + 1
  before.frees[#before.frees + 1] = after
end

-- Edges for the schema to start from: if an object needs another one, it is dropped, or altered so that it no longer
-- needs it, before the other one is dropped or altered.
function Graph:add_old(object)
  local drop, alter = self.drops[object], self.by_old[object]
  if not (drop or alter) then return end
  for needed, how in pairs(object.needs) do
    if drop then
      local change = self.drops[needed] or not self.asides[object] and self.by_old[needed]
      local apart = needed == object.table and preferences.spares_parts(change)
      if not (apart or loosely[how] and drop.carrier) then self:edge(drop, change) end
      -- The statements use the old name of the needed object, so they run before that object is set aside.
      self:edge(self.asides[object] or drop, self.asides[needed])
    else
      self:edge(alter, self.drops[needed])
    end
  end
end

-- Is this part of a parent created after the link, because it reaches the child only then?
function Graph:reaches_child(link, part)
  local change = part.kind.reaches and link.child and self.creates[part]
  for _, own in ipairs(change and part.kind.reaches(part) and link.child.parts or {}) do
    local made = self.creates[own]
    if made and made.carrier == change then return true end
  end
end

-- Edges for the schema to reach: an object is created or altered before the objects that need it.
function Graph:add_new(object)
  local comes = self.creates[object] or self.alters[object]
  if not comes then return end
  for needed, how in pairs(object.needs) do
    local before = self.creates[needed] or self.alters[needed]
    if needed == object.table and preferences.spares_parts(before) then before = nil end
    if how == "around" then self:edge(comes, self.creates[needed])
    elseif how == "before" and self:reaches_child(object, needed) then self:edge(comes, before)
    elseif how ~= "below" and how ~= "beside" and (how ~= "before" or not comes.carrier or needed.table ~= comes.carrier.object) then self:edge(before, comes) end
  end
end

-- An object is dropped or set aside before another one gets its name.
function Graph:add_names()
  local free = {}
  for _, change in ipairs(self.changes) do
    local old = change.verb == "drop" and change.object or change.old
    for _, name in ipairs(old and facets.names(old) or {}) do free[name] = self.asides[old] or change end
  end
  for _, change in ipairs(self.changes) do
    if change.verb == "create" or change.verb == "alter" then
      for _, name in ipairs(facets.names(change.object)) do self:edge(free[name], change) end
    end
    if change.verb == "aside" then self:edge(change, self.drops[change.object]) end
  end
end

-- Orders that a kind asks for: { first, second } of changes.
function Graph:add_kinds()
  for _, change in ipairs(self.changes) do
    for _, pair in ipairs(change.object.kind.edges and change.object.kind.edges(change, self) or {}) do
      self:edge(pair[1], pair[2])
    end
  end
end

function Graph:add_edges()
  for _, change in ipairs(self.changes) do change.waits, change.frees, change.waiting = {}, {}, 0 end
  self.own = {}
  for _, object in ipairs(self.from.list) do self:add_old(object) end
  for _, object in ipairs(self.to.list) do self:add_new(object) end
  self:add_names()
  self:add_kinds()
  for _, pair in ipairs(self.preferred) do self:edge(pair[1], pair[2]) end
end

-- Sorting --------------------------------------------------------------------

local verbs = { drop = 1, aside = 1, alter = 2, create = 2 }

local function key(change)
  local rank = change.object.kind.rank
  if change.verb == "drop" then rank = 1000 - rank end
  local verb = change.early and 0 or verbs[change.verb]
  return ("%d%04d%05d %s"):format(verb, rank, change.object._position or 0, change.object.id)
end

-- A heap of changes by their key.
local function push(heap, change)
  local i = #heap + 1
  heap[i] = change
  while i > 1 and heap[i].key < heap[i // 2].key do
    heap[i], heap[i // 2] = heap[i // 2], heap[i]
    i = i // 2
  end
end

local function pop(heap)
  local top, last = heap[1], table.remove(heap)
  if top == last then return top end
  heap[1] = last
  local i = 1
  while true do
    local least = i
    for child = 2 * i, 2 * i + 1 do
      if heap[child] and heap[child].key < heap[least].key then least = child end
    end
    if least == i then return top end
    heap[i], heap[least] = heap[least], heap[i]
    i = least
  end
end

-- The sorted changes, without carried ones. Changes on a cycle, and changes that wait for a cycle, are missing.
local function topological(changes)
  local heap, sorted = {}, {}
  for _, change in ipairs(changes) do
    change.place = nil
    if change.waiting == 0 and not change.carrier then push(heap, change) end
  end
  while #heap > 0 do
    local change = pop(heap)
    sorted[#sorted + 1] = change
    change.place = #sorted
    for _, freed in ipairs(change.frees) do
      freed.waiting = freed.waiting - 1
      if freed.waiting == 0 then push(heap, freed) end
    end
  end
  return sorted
end

local function count_places(changes)
  local n = 0
  for _, change in ipairs(changes) do
    if not change.carrier then n = n + 1 end
  end
  return n
end

-- Cycles ---------------------------------------------------------------------

-- The changes on cycles, without changes that only wait for a cycle: { [change] = true }.
local function cycle(changes)
  local left, out = {}, {}
  for _, change in ipairs(changes) do
    if not change.carrier and not change.place then left[change] = true end
  end
  local ends = {}
  for change in pairs(left) do
    out[change] = 0
    for _, freed in ipairs(change.frees) do
      if left[freed] then out[change] = out[change] + 1 end
    end
    if out[change] == 0 then ends[#ends + 1] = change end
  end
  while #ends > 0 do
    local change = table.remove(ends)
    left[change] = nil
    for before in pairs(change.waits) do
      if left[before] then
        out[before] = out[before] - 1
        if out[before] == 0 then ends[#ends + 1] = before end
      end
    end
  end
  return left
end

-- Says which changes are on a cycle: { [change] = true }.
function order.fail(on)
  local list = {}
  for change in pairs(on) do list[#list + 1] = change.verb .. " " .. change.object.id end
  table.sort(list)
  error { message = "moonbird found no order for these changes: " .. table.concat(list, ", ", 1, math.min(8, #list)),
          hint = "Make one of them in a separate migration first." }
end

-- Can the change run at any place? The owner, the comment and the privileges of an object need no other object.
local function is_unbound(change)
  for _, field in ipairs(change.fields or {}) do
    if not facets.alter[field] then return false end
  end
  return change.verb == "alter" and not change.carrier
end

-- Removes such changes from a cycle.
local function unbind(on)
  local any = false
  for change in pairs(on) do
    change.unbound = is_unbound(change)
    any = any or change.unbound
  end
  return any
end

function Graph:forget_preferences(on)
  local kept = {}
  for _, pair in ipairs(self.preferred) do
    if not (on[order.root(pair[1])] and on[order.root(pair[2])]) then kept[#kept + 1] = pair end
  end
  local forgotten = #kept < #self.preferred
  self.preferred = kept
  return forgotten
end

-- Gives separate statements to carried changes that cause a cycle. It chooses those with the highest rank, because a
-- foreign key is easier to separate from its table than a column. → nil, or the changes on the cycle if none can be separated
function Graph:untie()
  local on, ties, rank = cycle(self.changes), {}, -1
  if unbind(on) or self:forget_preferences(on) then return end
  for _, pair in ipairs(self.own) do
    -- The change of the object that needs the other one: it is dropped first and created second.
    local change = pair[1].verb == "drop" and pair[1] or pair[2]
    if change.carrier and change.loose and on[order.root(pair[1])] and on[order.root(pair[2])] then
      ties[#ties + 1] = change
      rank = math.max(rank, change.object.kind.rank)
    end
  end
  if #ties == 0 then return on end
  for _, change in ipairs(ties) do
    if change.object.kind.rank == rank then change.carrier = nil end
  end
end

-- Hosts ----------------------------------------------------------------------

local function fits(change, host)
  for before in pairs(change.waits) do
    if before ~= host and before.hosted ~= host and before.place > host.place then return false end
  end
  return true
end

-- The change whose CREATE statement can include this object.
local function host_of(change, creates)
  local hosted = change.verb == "create" and not change.carrier and change.object.kind.hosted
  for _, object in ipairs(hosted and hosted(change.object) or {}) do
    local made = creates[object]
    local host = made and not made.inherited and order.root(made)
    if host and fits(change, host) then return host end
  end
end

function Graph:host_parts(sorted)
  for _, change in ipairs(sorted) do
    local host = host_of(change, self.creates)
    if host then
      change.hosted = host
      host.parts[#host.parts + 1] = change.object
      host.within[#host.within + 1] = change
    end
  end
end

-- Carried changes can have statements, which come after the statements of their carrier.
function Graph:place_carried()
  for _, change in ipairs(self.changes) do
    if change.carrier then
      local root = order.root(change)
      root.within[#root.within + 1] = change
      if change.verb == "create" and root.verb == "create" and not change.inherited then
        root.parts[#root.parts + 1] = change.object
      end
    end
  end
end

-- Returns the changes in order, without carried ones. `within` of a change has the changes that it carries or hosts. If no
-- order is right, returns nil and the changes on a cycle.
function order.sort(changes, from, to)
  local graph = new_graph(changes, from, to)
  for _, change in ipairs(changes) do change.key, change.within = key(change), {} end
  graph.preferred = preferences.find(graph)
  graph:add_edges()
  local sorted = topological(changes)
  while #sorted < count_places(changes) do
    local on = graph:untie()
    if on then return nil, on end
    graph:add_edges()
    sorted = topological(changes)
  end
  graph:place_carried()
  graph:host_parts(sorted)
  return sorted
end

return order

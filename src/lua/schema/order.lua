-- order.lua: sorts changes, so that each one finds the objects that it needs.
--
-- An edge says that one change comes before another.  Among those that nothing holds back, drops come first, then
-- what was there longest in the order of kinds and names, so that equal inputs give equal output.

local order = {}

-- Edges ----------------------------------------------------------------------

local function index(changes)
  local drops, creates, alters, by_old = {}, {}, {}, {}
  for _, change in ipairs(changes) do
    if change.verb == "drop" then drops[change.object] = change
    elseif change.verb == "create" then creates[change.object] = change
    else
      alters[change.object] = change
      by_old[change.old] = change
    end
  end
  return drops, creates, alters, by_old
end

local function edge(before, after)
  if before and after and before ~= after and not after.waits[before] then
    after.waits[before] = true
    after.waiting = after.waiting + 1
    before.frees[#before.frees + 1] = after
  end
end

local function add_edges(changes, from, to)
  local drops, creates, alters, by_old = index(changes)
  -- As it was: what needs something goes, or lets go of it, before that goes or changes.
  for _, object in ipairs(from.list) do
    local leaves = drops[object] or by_old[object]
    if leaves then
      for needed in pairs(object.needs) do
        if drops[object] then edge(drops[object], drops[needed] or by_old[needed])
        else edge(leaves, drops[needed]) end
      end
    end
  end
  -- As it will be: what is needed is made, or changed, before.
  for _, object in ipairs(to.list) do
    local comes = creates[object] or alters[object]
    if comes then
      for needed in pairs(object.needs) do
        edge(creates[needed] or alters[needed], comes)
      end
    end
  end
  return drops, creates
end

-- An object is dropped before another one takes its name.
local function add_name_edges(changes)
  local free = {}
  local function names(object) return object.kind.names and object.kind.names(object) or { object.id } end
  for _, change in ipairs(changes) do
    if change.verb == "drop" then
      for _, name in ipairs(names(change.object)) do free[name] = change end
    end
  end
  for _, change in ipairs(changes) do
    if change.verb == "create" then
      for _, name in ipairs(names(change.object)) do edge(free[name], change) end
    end
  end
end

-- Sorting --------------------------------------------------------------------

local verbs = { drop = 1, alter = 2, create = 2 }

local function key(change)
  local rank = change.object.kind.rank
  if change.verb == "drop" then rank = 1000 - rank end
  return ("%d%04d%05d %s"):format(verbs[change.verb], rank, change.object._position or 0, change.object.id)
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

local function fail_cycle(changes)
  local names = {}
  for _, change in ipairs(changes) do
    if change.waiting > 0 and #names < 8 then names[#names + 1] = change.verb .. " " .. change.object.id end
  end
  table.sort(names)
  error { message = "no order was found for these changes: " .. table.concat(names, ", "),
          hint = "Make one of them in a migration of its own." }
end

local function topological(changes)
  local heap, sorted = {}, {}
  for _, change in ipairs(changes) do
    if change.waiting == 0 then push(heap, change) end
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
  if #sorted < #changes then fail_cycle(changes) end
  return sorted
end

-- Hosts ----------------------------------------------------------------------

-- Columns are always made with their new table: what they need, the table needs.
local function join_columns(changes, creates)
  for _, change in ipairs(changes) do
    local host = change.verb == "create" and change.object.kind.kind == "COLUMN" and creates[change.object.table]
    if host and not change.silent then
      for needed in pairs(change.object.needs) do
        if needed ~= host.object and needed.table ~= host.object then host.object.needs[needed] = host.object.needs[needed] or "normal" end
      end
    end
  end
end

-- A part stands in its host's CREATE if all that it waits for comes before that.
local function host_parts(sorted, creates)
  for _, change in ipairs(sorted) do
    local kind = change.object.kind
    local table_ = change.verb == "create" and kind.hosted and kind.hosted(change.object)
    local host = table_ and creates[table_]
    if host and not change.silent then
      local fits = true
      for before in pairs(change.waits) do
        if before ~= host and not (before.hosted == host) and before.place > host.place then fits = false end
      end
      if fits then
        change.hosted = host
        host.parts[#host.parts + 1] = change.object
        for _, statement in ipairs(change.later) do host.later[#host.later + 1] = statement end
      end
    elseif host and change.silent then
      change.hosted = host
    end
  end
end

function order.sort(changes, from, to)
  local _, creates = index(changes)
  for _, change in ipairs(changes) do
    change.waits, change.frees, change.waiting, change.key = {}, {}, 0, key(change)
  end
  join_columns(changes, creates)
  add_edges(changes, from, to)
  add_name_edges(changes)
  local sorted = topological(changes)
  host_parts(sorted, creates)
  return sorted
end

return order

-- inheritance.lua: notes about columns and checks that are only inherited in one of two schemas.
--
-- A table that leaves its last parent with such a column has it as its own afterwards, also after it has got a parent again; and
-- no statement changes a column that is the table's own.  So the changes are followed in their order.

local inheritance = {}

-- Parts that PostgreSQL calls local or inherited (attislocal, conislocal).  Those of a partition are what its parent says.
local function has_origin(part)
  return part._merged ~= nil and part.table ~= nil and not part.table.partition
end

-- Is it a link between two tables that ALTER TABLE makes or ends?
local function is_link(change)
  return change.object.kind.kind == "INHERITANCE" and not change.carrier and not change.hosted
end

local function count_parents(part)
  local n = 0
  for _, link in ipairs(part.table._links or {}) do
    local id = part.kind.inherits(part, link._of)
    for _, above in ipairs(id and link._of.parts or {}) do
      if above.id == id then n = n + 1 end
    end
  end
  return n
end

-- The parts of the child that the parent has, too, as they are at that time.
local function linked(state, link)
  local list, above = {}, {}
  for _, part in ipairs(link._of.parts or {}) do above[part.id] = true end
  for _, part in ipairs(link.child.parts or {}) do
    local id = has_origin(part) and state[part.id] and part.kind.inherits(part, link._of)
    if id and above[id] then list[#list + 1] = state[part.id] end
  end
  return list
end

-- The parts of the children that are inherited from this one.  `comes`: links that are made later: { [id] = true }.
local function below(state, part, comes)
  local list = {}
  for _, link in ipairs(part.table._heirs or {}) do
    for _, heir in ipairs(not comes[link.id] and link.child.parts or {}) do
      local is = has_origin(heir) and state[heir.id]
      if is and heir.kind.inherits(heir, link._of) == part.id then list[#list + 1] = is end
    end
  end
  return list
end

local function leave(is)
  is.parents = is.parents - 1
  if is.parents <= 0 then is.own = true end
end

-- DROP with ONLY makes what the children inherit their own.
local function drop_part(state, change)
  local only = change.steps[1] and change.steps[1].sql:find "^ALTER %u+ ONLY "
  for _, is in ipairs(change.carrier and {} or below(state, change.object, {})) do
    is.parents, is.own = is.parents - 1, is.own or only ~= nil
  end
  state[change.object.id] = nil
end

local function create_part(state, change, comes)
  local part = change.object
  for _, is in ipairs(change.carrier and {} or below(state, part, comes)) do is.parents = is.parents + 1 end
  local with_table = change.carrier or change.hosted
  state[part.id] = { own = not (with_table and part._inherited), parents = with_table and count_parents(part) or 0 }
end

-- Changes the state as a migration does.  state: { [id] = { own = does the table itself have it?, parents = their number } }
local function follow(state, changes)
  local comes = {}
  for _, change in ipairs(changes) do comes[change.object.id] = change.verb == "create" and is_link(change) or nil end
  for _, change in ipairs(changes) do
    local part = has_origin(change.object)
    if change.verb == "drop" and is_link(change) then
      for _, is in ipairs(linked(state, change.object)) do leave(is) end
    elseif change.verb == "create" and is_link(change) then
      for _, is in ipairs(linked(state, change.object)) do is.parents = is.parents + 1 end
    elseif change.verb == "drop" and part then drop_part(state, change)
    elseif change.verb == "create" and part then create_part(state, change, comes) end
  end
end

local function state_of(snapshot)
  local state = {}
  for _, part in ipairs(snapshot.list) do
    if has_origin(part) then state[part.id] = { own = not part._inherited, parents = count_parents(part) } end
  end
  return state
end

local DIFFERS <const> = "%s is only inherited in one of the two schemas; no statement changes that"
local LEFT <const> = "%s is no longer only inherited, because its table leaves its parents until these are altered; no statement changes that"
local BACK <const> = "%s is the table's own after the rollback, not only inherited; no statement changes that"

-- Adds notes to a list: about the schema that a migration reaches, and about the one that its rollback reaches. `backward`: the
-- changes of the rollback, or nil.
function inheritance.add(list, from, to, forward, backward)
  if #from.of_kind "INHERITANCE" + #to.of_kind "INHERITANCE" == 0 then return end
  local state, said = state_of(from), {}
  follow(state, forward)
  for _, part in ipairs(to.list) do
    local is, old = state[part.id], from.objects[part.id]
    if is and has_origin(part) and is.own == part._inherited then
      said[part.id] = true
      list[#list + 1] = (old and old._inherited and is.own and LEFT or DIFFERS):format(part.id)
    end
  end
  follow(state, backward or {})
  for _, part in ipairs(backward and from.list or {}) do
    local is = state[part.id]
    if is and has_origin(part) and not said[part.id] and is.own and part._inherited then list[#list + 1] = BACK:format(part.id) end
  end
end

return inheritance

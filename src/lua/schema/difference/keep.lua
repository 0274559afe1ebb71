-- keep.lua: keeps owners and privileges that the schema to reach does not set; with --no-owner or --no-privileges, all
-- of them.
--
-- The schema to reach gets the values of the schema to start from, so that an object that is created again gets them
-- back.

local fields = {
  no_owner = { "owner" },
  no_privileges = { "privileges", "column_privileges", "identity_privileges", "member_privileges", "_delegated" },
}

local function is_default(object) return object.kind.kind == "DEFAULT PRIVILEGES" end

-- Does a snapshot have everything that an object needs?
local function has_needs(snapshot, object)
  for needed in pairs(object.needs) do
    if not snapshot.objects[needed.id] then return false end
  end
  return true
end

local function keep_default_privileges(from, to)
  for i = #to.list, 1, -1 do
    local object = to.list[i]
    if is_default(object) then
      table.remove(to.list, i)
      to.objects[object.id] = nil
    end
  end
  for _, object in ipairs(from.list) do
    if is_default(object) and has_needs(to, object) then
      to.list[#to.list + 1] = object
      to.objects[object.id] = object
    end
  end
end

-- The same object in the schema to start from.  The shell of a base type gets its owner with the type: PostgreSQL defines
-- a type only for the owner of its shell.
local function old_of(from, object)
  if object.kind.kind == "SHELL TYPE" and object._base_type then return nil end
  return from.objects[object.id]
end

-- options: no_owner, no_privileges.  Changes `to`; an object that only `to` has gets the owner and the privileges that
-- the server gives to a new object.
return function(from, to, options)
  for _, object in ipairs(to.list) do
    local old = old_of(from, object)
    object.owner = object.owner or old and old.owner
  end
  for option, names in pairs(fields) do
    for _, object in ipairs(options[option] and to.list or {}) do
      local old = old_of(from, object)
      for _, field in ipairs(names) do object[field] = old and old[field] end
      if option == "no_privileges" then object._open_privileges = not old or nil end
    end
  end
  if options.no_privileges then keep_default_privileges(from, to) end
end

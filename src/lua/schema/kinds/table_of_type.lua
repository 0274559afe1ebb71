-- The fact that a table is of a composite type. It is a separate object, because ALTER TABLE OF wants the columns of the type
-- in the table, and neither they nor the type can change while the table is of the type.

local relation = (...).require "schema.sql.relation"

-- The names of a table's columns in their order.
local function columns_of(o)
  local list, names = {}, {}
  for _, part in ipairs(o.parts or {}) do
    if part.kind.kind == "COLUMN" then list[#list + 1] = part end
  end
  table.sort(list, function(a, b) return a._position < b._position end)
  for i, column in ipairs(list) do names[i] = column.column end
  return names
end

-- Can the columns be dropped and added so that they are in the order of the new table?  A new column is the last one.
local function can_follow(old, new)
  local before, after, at = columns_of(old), columns_of(new), 0
  local places = {}
  for i, name in ipairs(after) do places[name] = i end
  for _, name in ipairs(before) do
    if places[name] then
      at = at + 1
      if places[name] ~= at then return false end
    end
  end
  return true
end

return {
  kind  = "TABLE OF TYPE",
  rank  = 59,
  found_in = "pg_class r,pg_class p",
  query = [[
SELECT @address(pg_depend, c.oid, 1) AS _address, format('%I.%I', n.nspname, c.relname) AS name,
       @address(pg_class, c.oid, 0) AS _table, format('%I.%I', n.nspname, c.relname) AS relation,
       @address(pg_type, c.reloftype, 0) AS _type, format_type(c.reloftype, NULL) AS type
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.reloftype <> 0 AND c.relpersistence <> 't' AND @ours(n) AND @own(pg_class, c.oid)]],

  -- In pg_depend, the table itself depends on the type.
  finish = function(snapshot)
    for _, o in ipairs(snapshot.of_kind "TABLE OF TYPE") do
      local type_ = snapshot.by_address[o._type]
      if type_ then o.needs[type_], o.table.needs[type_] = "normal", nil end
      o.table._is_of_type = true
      relation.after_columns(o)
    end
  end,

  joined = function(o) return o.table end,
  -- If no statement can give the columns the order of the type, the table is created again.
  instead = function(o, to)
    local new = to.objects[o.id]
    return new and not can_follow(o.table, new.table) and o.table or nil
  end,
  takes_when_new = function(o, from)
    local old = from.objects[o.table.id]
    return old and not can_follow(old, o.table) and old or nil
  end,
  -- A table of a type has no parent.
  edges = function(change, graph)
    local id, list, drops = change.object.table.id, {}, change.verb == "drop"
    local there = (drops and graph.to or graph.from).objects[id]
    for i, link in ipairs(there and there._links or {}) do
      list[i] = drops and { change, graph.creates[link] } or { graph.drops[link], change }
    end
    return list
  end,

  create = function(o) return ("ALTER TABLE %s OF %s"):format(o.relation, o.type) end,
  drop = function(o) return ("ALTER TABLE %s NOT OF"):format(o.relation) end,
}

local pick = require "pick"
local names = require "names"
local columns = require "columns"

local options = { "fillfactor = 70", "autovacuum_enabled = false", "toast.autovacuum_enabled = false", "parallel_workers = 2" }

local aspects = {
  function(o) o.unlogged = not o.unlogged or nil end,
  function(o) o.options = not o.partition and pick.some(options, 0, 2) or {} end,
  function(o) o.row_security = pick.one { { "ENABLE" }, { "ENABLE", "FORCE" }, {} } end,
  function(o) o.replica_identity = pick.maybe(70, pick.one { "FULL", "NOTHING" }) end,
  function(o, world) o.method = not o.partition and world:any "access method" or nil end,
  function(o, world)
    if o.partition or o.of or #o.columns == 0 then return end
    local parent = world:any("table", "foreign table")
    if #o.inherits > 0 and pick.chance(60) then table.remove(o.inherits, math.random(#o.inherits))
    elseif parent and parent ~= o and not parent.partition then
      for _, grand in ipairs(parent.inherits) do if grand == o then return end end
      parent.has_children = true
      table.insert(o.inherits, parent)
    end
  end,
}

return {
  kind = "table", weight = 8, acl = "TABLE", in_schema = true,
  phrase = function(o) return "TABLE " .. names.of(o) end,
  make = function(world)
    local o = { kind = "table", name = world:name(), inherits = {}, options = {}, row_security = {} }
    if pick.chance(20) then
      local key = { name = names.column(1), type = { base = pick.one { "integer", "text", "date", "bigint" } } }
      o.partition = { method = pick.one { "RANGE", "LIST", "HASH" }, column = key }
      o.columns, o.made = { key }, 1
    end
    local row = not o.partition and pick.maybe(8, world:any "composite")
    if row then
      o.of, o.columns = row, {}
      return o
    end
    columns.make(world, o, math.random(pick.chance(5) and 0 or 1, 5))
    for _ = 1, pick.chance(30) and 2 or 0 do pick.one(aspects)(o, world) end
    return o
  end,
  change = function(o, world)
    if o.of then
      -- Afterwards the columns are the table's own.
      local attributes = o.of.attributes
      o.columns, o.of, o.made = {}, nil, o.of.made
      for i, a in ipairs(attributes) do o.columns[i] = { name = a.name, type = a.type } end
    elseif pick.chance(70) then columns.change(world, o) else pick.one(aspects)(o, world) end
  end,
  sql = function(o)
    local lines, list = {}, {}
    for i, column in ipairs(o.columns) do lines[i] = "    " .. columns.line(column) end
    local body = o.of and "OF " .. names.of(o.of) or ("(\n%s\n)"):format(table.concat(lines, ",\n"))
    local sql = ("CREATE %sTABLE %s %s"):format(o.unlogged and "UNLOGGED " or "", names.of(o), body)
    local parents = {}
    for i, parent in ipairs(o.inherits) do parents[i] = names.of(parent) end
    if #parents > 0 then sql = ("%s INHERITS (%s)"):format(sql, table.concat(parents, ", ")) end
    if o.partition then sql = ("%s PARTITION BY %s (%s)"):format(sql, o.partition.method, names.quote(o.partition.column.name)) end
    if o.method then sql = sql .. " USING " .. names.quote(o.method.name) end
    if #o.options > 0 then sql = ("%s WITH (%s)"):format(sql, table.concat(o.options, ", ")) end
    list[1] = sql
    columns.later(list, o)
    for _, word in ipairs(o.row_security) do list[#list + 1] = ("ALTER TABLE %s %s ROW LEVEL SECURITY"):format(names.of(o), word) end
    if o.replica_identity then list[#list + 1] = ("ALTER TABLE %s REPLICA IDENTITY %s"):format(names.of(o), o.replica_identity) end
    return list
  end,
}

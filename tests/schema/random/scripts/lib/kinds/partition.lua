local pick = require "pick"
local names = require "names"

local points = { integer = { "1", "10", "20", "30" }, bigint = { "1", "10", "20", "30" }, text = { "'a'", "'f'", "'m'", "'t'" },
                 date = { "'2024-01-01'", "'2024-02-01'", "'2024-03-01'", "'2025-01-01'" } }

local function bound(parent)
  if parent.method ~= "HASH" and pick.chance(20) then return "DEFAULT" end
  if parent.method == "HASH" then return ("FOR VALUES WITH (MODULUS 4, REMAINDER %d)"):format(math.random(0, 3)) end
  -- The type of the key may have changed since the table was created.
  local values = points[parent.column.type.base] or points.integer
  local i = math.random(#values - 1)
  if parent.method == "LIST" then return ("FOR VALUES IN (%s)"):format(table.concat(values, ", ", i, pick.one { i, i + 1 })) end
  return ("FOR VALUES FROM (%s) TO (%s)"):format(pick.chance(10) and "MINVALUE" or values[i], values[i + 1])
end

-- A partition has the columns of its parent; it can be partitioned itself.
return {
  kind = "partition", weight = 8, acl = "TABLE", in_schema = true,
  phrase = function(o) return "TABLE " .. names.of(o) end,
  make = function(world)
    local parents = {}
    for _, o in ipairs(world:all { "table", "partition" }) do
      if o.partition then parents[#parents + 1] = o end
    end
    local parent = pick.one(parents)
    if not parent then return nil end
    local partition = pick.chance(15) and { method = pick.one { "LIST", "HASH", "RANGE" }, column = parent.partition.column } or nil
    return { name = world:name(), parent = parent, columns = parent.columns, inherits = {}, bound = bound(parent.partition),
             partition = partition, attach = pick.chance(40) }
  end,
  change = function(o)
    if pick.chance(70) then o.bound = bound(o.parent.partition) else o.unlogged = not o.unlogged or nil end
  end,
  sql = function(o)
    local by = o.partition and (" PARTITION BY %s (%s)"):format(o.partition.method, names.quote(o.partition.column.name)) or ""
    local create = ("CREATE %sTABLE %s "):format(o.unlogged and not o.partition and "UNLOGGED " or "", names.of(o))
    if not o.attach then return { ("%sPARTITION OF %s %s%s"):format(create, names.of(o.parent), o.bound, by) } end
    return { ("%s(LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)%s"):format(create, names.of(o.parent), by),
             ("ALTER TABLE %s ATTACH PARTITION %s %s"):format(names.of(o.parent), names.of(o), o.bound) }
  end,
}

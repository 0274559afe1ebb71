local pick = require "pick"
local names = require "names"
local types = require "types"
local columns = require "columns"
local expressions = require "expressions"

local function keys(list)
  local words = {}
  for i, column in ipairs(list) do words[i] = names.quote(column.name) end
  return table.concat(words, ", ")
end

local actions = { "", " ON DELETE CASCADE", " ON DELETE SET NULL", " ON UPDATE CASCADE ON DELETE RESTRICT", " MATCH FULL", " ON UPDATE SET DEFAULT", " ON DELETE SET NULL (%s)" }
local deferred = { " DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED" }

-- Columns of the table with the types of these columns; a missing column is added.
local function counterparts(o, list)
  local own = {}
  for i, column in ipairs(list) do
    for _, each in ipairs(columns.of(o.table)) do
      if types.same(each.type, column.type) and pick.chance(50) then own[i] = each end
    end
    if not own[i] then
      o.table.made = (o.table.made or 0) + 1
      own[i] = { name = names.column(o.table.made), type = column.type }
      if o.table.kind == "table" then table.insert(o.table.columns, own[i]) end
    end
  end
  return own
end

local forms = {
  check = function(o, world) o.condition = expressions.condition(world, columns.of(o.table)) end,
  unique = function(o)
    o.columns = pick.some(columns.of(o.table), 1, 2)
    -- With two indexes of the same keys, PostgreSQL chooses which one of a partition belongs to which.
    if o.table.partition and pick.chance(90) then o.columns[#o.columns] = o.table.partition.column end
    o.nulls, o.include = pick.maybe(10, " NULLS NOT DISTINCT"), pick.maybe(10, pick.one(columns.of(o.table)))
  end,
  primary = function(o)
    o.columns = { o.table.partition and o.table.partition.column or pick.one(columns.of(o.table)) }
  end,
  foreign = function(o, world)
    local targets = {}
    for _, each in ipairs(world:all { "constraint" }) do
      if each.form == "unique" or each.form == "primary" then targets[#targets + 1] = each end
    end
    o.target = pick.one(targets)
    if not o.target then return end
    o.columns, o.action = counterparts(o, o.target.columns), pick.one(actions)
  end,
  exclusion = function(o) o.column, o.using = pick.one(columns.of(o.table)), pick.one { "btree", "hash", "gist" } end,
}

local function body(o)
  if o.form == "check" then
    return o.condition and ("CHECK (%s)%s"):format(expressions.sql(o.condition), o.no_inherit and " NO INHERIT" or "") or ""
  elseif o.form == "unique" or o.form == "primary" then
    return ("%s%s (%s)%s"):format(o.form == "unique" and "UNIQUE" or "PRIMARY KEY", o.nulls or "", keys(o.columns),
      o.include and (" INCLUDE (%s)"):format(keys { o.include }) or "")
  elseif o.form == "foreign" then
    return o.target and ("FOREIGN KEY (%s) REFERENCES %s (%s)%s"):format(keys(o.columns), names.of(o.target.table), keys(o.target.columns),
      (o.action:gsub("%%s", function() return keys { o.columns[1] } end)))
      or ""
  end
  return ("EXCLUDE USING %s (%s WITH %s)%s"):format(o.using, names.quote(o.column.name), o.using == "gist" and "&&" or "=",
    o.where and (" WHERE (%s)"):format(expressions.sql(o.where)) or "")
end

local order = { "check", "check", "unique", "primary", "foreign", "foreign", "exclusion" }

return {
  kind = "constraint", weight = 14, no_owner = true,
  phrase = function(o) return ("CONSTRAINT %s ON %s"):format(names.quote(o.name), names.of(o.table)) end,
  make = function(world)
    local o = { name = world:name(), table = world:any("table", "partition", "foreign table"), form = pick.one(order) }
    if not o.table or #columns.of(o.table) == 0 then return nil end
    forms[o.form](o, world)
    o.deferrable = o.form ~= "check" and pick.maybe(20, pick.one(deferred)) or nil
    o.not_valid = pick.maybe(20, true)
    o.no_inherit = pick.maybe(10, true)
    o.not_enforced = pick.maybe(3, true) -- since PostgreSQL 18
    if o.form == "exclusion" and pick.chance(30) then o.where = expressions.condition(world, columns.of(o.table)) end
    return o
  end,
  change = function(o, world)
    local what = math.random(4)
    if what == 1 then forms[o.form](o, world)
    elseif what == 2 then o.not_valid = not o.not_valid or nil
    elseif what == 3 then o.deferrable = not o.deferrable and o.form ~= "check" and pick.one(deferred) or nil
    elseif pick.chance(50) then o.cluster, o.identity = pick.maybe(40, true), pick.maybe(40, true)
      o.options, o.index_comment = pick.maybe(40, " WITH (fillfactor = 60)"), pick.maybe(40, true)
    else o.action, o.no_inherit = pick.one(actions), not o.no_inherit or nil end
  end,
  sql = function(o)
    -- No statement creates a check that a child inherits as NOT VALID.
    local inheritable = o.table.has_children or o.table.partition
    local later = o.not_valid and (o.form == "foreign" or o.form == "check" and not inheritable)
    local table_, name, key = names.of(o.table), names.quote(o.name), o.form == "unique" or o.form == "primary"
    local list = { ("ALTER TABLE %s ADD CONSTRAINT %s %s%s%s%s%s"):format(table_, name, body(o), key and o.options or "", o.deferrable or "",
      later and " NOT VALID" or "", o.not_enforced and (o.form == "check" or o.form == "foreign") and " NOT ENFORCED" or "") }
    if key and o.cluster then list[#list + 1] = ("ALTER TABLE %s CLUSTER ON %s"):format(table_, name) end
    if key and o.identity then list[#list + 1] = ("ALTER TABLE %s REPLICA IDENTITY USING INDEX %s"):format(table_, name) end
    if key and o.index_comment then
      list[#list + 1] = ("COMMENT ON INDEX %s IS 'of an index'"):format(names.of { schema = o.table.schema, name = o.name })
    end
    return list
  end,
}

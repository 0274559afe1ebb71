local pick = require "pick"
local names = require "names"
local columns = require "columns"
local expressions = require "expressions"

local events = { "INSERT", "UPDATE", "DELETE", "INSERT OR UPDATE", "UPDATE OR DELETE", "UPDATE OF", "TRUNCATE" }

local function make(o, world)
  o.time = o.table.kind == "view" and "INSTEAD OF" or pick.one { "BEFORE", "AFTER" }
  o.each, o.event, o.when, o.constraint, o.transition = pick.one { "ROW", "ROW", "STATEMENT" }, pick.one(events), nil, nil, nil
  if o.time == "INSTEAD OF" then o.each, o.event = "ROW", pick.one { "INSERT", "UPDATE", "DELETE" } end
  if o.event == "TRUNCATE" then o.each = "STATEMENT" end
  o.changed = o.each == "ROW" and o.event == "UPDATE OF" and pick.maybe(30, "OLD.* IS DISTINCT FROM NEW.*") or nil
  if o.event == "UPDATE OF" then o.column = pick.one(columns.of(o.table)) end
  if o.each == "ROW" and o.event:find "^INSERT" and o.time ~= "INSTEAD OF" and pick.chance(30) then
    o.when = expressions.condition(world, columns.of(o.table))
  end
  if o.time == "AFTER" and o.each == "ROW" then o.constraint = pick.maybe(20, " DEFERRABLE INITIALLY DEFERRED") end
  if o.time == "AFTER" and o.event == "INSERT" and not o.constraint then o.transition = pick.maybe(20, " REFERENCING NEW TABLE AS added") end
end

-- The state of the trigger in a partition of its table.
local function change_below(o, world)
  local list = {}
  for _, partition in ipairs(o.table.partition and world:all { "partition" } or {}) do
    if partition.parent == o.table and not partition.partition then list[#list + 1] = partition end
  end
  o.below = pick.one(list)
  o.below_state = pick.one { "DISABLE", "ENABLE REPLICA", "ENABLE" }
end

return {
  kind = "trigger", weight = 6, no_owner = true,
  phrase = function(o) return ("TRIGGER %s ON %s"):format(names.quote(o.name), names.of(o.table)) end,
  make = function(world)
    local o = { name = world:name(), table = world:any("table", "table", "view", "partition", "foreign table"), call = world:call "trigger" }
    if not o.table or #columns.of(o.table) == 0 then return nil end
    make(o, world)
    if pick.chance(40) then change_below(o, world) end
    return o
  end,
  change = function(o, world)
    if pick.chance(30) then change_below(o, world)
    elseif pick.chance(50) then o.state = pick.maybe(70, pick.one { "DISABLE", "ENABLE REPLICA", "ENABLE ALWAYS" }) else make(o, world) end
  end,
  sql = function(o)
    local event = o.event == "UPDATE OF" and "UPDATE OF " .. names.quote(o.column.name) or o.event
    local name, relation = names.quote(o.name), names.of(o.table)
    return { ("CREATE %sTRIGGER %s %s %s ON %s%s%s FOR EACH %s%s EXECUTE FUNCTION %s(%s)"):format(o.constraint and "CONSTRAINT " or "", name, o.time,
               event, relation, o.constraint or "", o.transition or "", o.each, o.when and (" WHEN (%s)"):format(expressions.sql(o.when, "NEW.")) or o.changed and (" WHEN (%s)"):format(o.changed) or "",
               names.of(o.call), o.when and "'it''s'" or ""),
             ("ALTER TABLE %s %s TRIGGER %s"):format(relation, o.state or "ENABLE", name),
             o.below and ("ALTER TABLE ONLY %s %s TRIGGER %s"):format(names.of(o.below), o.below_state, name) or nil }
  end,
}

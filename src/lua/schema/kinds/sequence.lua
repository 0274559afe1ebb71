local core = ...
local sequence = core.require "schema.sql.sequence"
local text = core.require "schema.sql.text"

local function limits(o)
  return ("AS %s START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s%s"):format(
    o.type, o.start, o.increment, o.minimum, o.maximum, o.cache, o.cycle and " CYCLE" or " NO CYCLE")
end

local function alter(new, old, context)
  local list, restart = sequence.move_within(new.name, old, new, context.from.version)
  list[#list + 1] = ("ALTER SEQUENCE %s %s%s"):format(new.name, limits(new), restart)
  return list
end

-- One statement sets all these fields. The first field that differs, in the order of `limits`, writes it.
local fields = { "type", "start", "increment", "minimum", "maximum", "cache", "cycle" }
local alters = {}
for i, field in ipairs(fields) do
  alters[field] = function(new, old, _, context)
    for j = 1, i - 1 do
      if new[fields[j]] ~= old[fields[j]] then return {} end
    end
    return alter(new, old, context)
  end
end

function alters.persistence(new)
  return ("ALTER SEQUENCE %s SET %s"):format(new.name, new.persistence == "u" and "UNLOGGED" or "LOGGED")
end

-- If a column owns the sequence, ALTER TABLE ... OWNER TO also changes the owner of the sequence.
function alters.owner(new, old)
  local column, before = new.owner_column, old.owner_column
  if column and before and column.table.id == before.table.id then return {} end
  return ("ALTER SEQUENCE %s OWNER TO %s"):format(new.name, new.owner)
end

return {
  kind  = "SEQUENCE",
  rank  = 40,
  found_in = "pg_class S",
  acl   = "s",
  query = [[
SELECT @address(pg_class, c.oid, 0) AS _address, format('%I.%I', n.nspname, c.relname) AS name,
       quote_ident(pg_get_userbyid(c.relowner)) AS owner, nullif(c.relpersistence::text, 'p') AS persistence,
       format_type(s.seqtypid, NULL) AS type, s.seqstart::text AS start, s.seqincrement::text AS increment,
       s.seqmin::text AS minimum, s.seqmax::text AS maximum, s.seqcache::text AS cache, nullif(s.seqcycle, false) AS cycle
  FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relpersistence <> 't' AND @ours(n) AND @own(pg_class, c.oid)
   AND NOT EXISTS (SELECT FROM pg_depend y WHERE y.classid = 'pg_class'::regclass AND y.objid = c.oid AND y.deptype = 'i')]],

  without_name = function(o) return o.owner_column and "owned by " .. o.owner_column.name end,
  last_name = function(o) return text.last(o.name) end,
  names = function(o) return { "relation " .. o.name } end,
  -- The column that owns a sequence is a separate object: the kind SEQUENCE OWNER.
  goes_with = function(o, drops) return drops[o.owner_column] and o.owner_column end,
  loses = function() return true end,
  does = { drop = "Drop.Sequence" },

  create = function(o)
    return ("CREATE %sSEQUENCE %s %s"):format(o.persistence == "u" and "UNLOGGED " or "", o.name, limits(o))
  end,
  alter = alters,
}

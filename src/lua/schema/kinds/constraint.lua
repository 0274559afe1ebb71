local core = ...
local relation = core.require "schema.sql.relation"
local text = core.require "schema.sql.text"

local function without_validity(definition) return (definition:gsub(" NOT VALID$", "")) end

-- Does ADD CONSTRAINT leave the rows unread?  NOT ENFORCED is PostgreSQL 18's.
local function reads_no_row(o) return o.definition:find " NOT VALID$" ~= nil or o.definition:find " NOT ENFORCED$" ~= nil end

-- Does a table that inherits the check also define it?
local function is_repeated(o, relation)
  for _, link in ipairs(relation._heirs or {}) do
    for _, part in ipairs(link.child.parts or {}) do
      if part.kind == o.kind and part.constraint == o.constraint and not part._inherited then return true end
    end
    if is_repeated(o, link.child) then return true end
  end
  return false
end

-- FOREIGN KEY and CHECK: rows are checked later, under a lock that lets others read and write.
local function add_unchecked(o)
  if reads_no_row(o) or o.type == "f" and (o.table.partition_key or o._has_copies) then return nil end
  -- A table that will inherit the constraint must have a valid constraint, and a check that is not valid yet cannot be merged
  -- with another one.
  if o.type == "c" and (o.table._links or is_repeated(o, o.table)) then return nil end
  return {
    ("ALTER TABLE %s ADD CONSTRAINT %s %s NOT VALID"):format(o.relation, o.constraint, o.definition),
    { sql = ("ALTER TABLE %s VALIDATE CONSTRAINT %s"):format(o.relation, o.constraint), last = true },
  }
end

local function is_index(o) return o.type == "u" or o.type == "p" end

-- UNIQUE and PRIMARY KEY: the index is built first.
local function add_with_index(o)
  local words, columns, include, rest = relation.keys(o.definition)
  if o.table.partition_key or o._attached or columns:find "WITHOUT OVERLAPS" then return nil end
  local nulls = words:match " NULLS NOT DISTINCT" or ""
  return {
    ("CREATE UNIQUE INDEX CONCURRENTLY %s ON %s %s%s%s%s"):format(o.constraint, o.relation, columns, include, nulls,
      o.options and " WITH " .. text.options(o.options) or ""),
    ("ALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s%s"):format(o.relation, o.constraint,
      o.type == "u" and "UNIQUE" or "PRIMARY KEY", o.constraint, rest),
  }
end

-- The definition with the options of the index; PostgreSQL prints them only for an exclusion constraint.
local function full_definition(o)
  if not o.options or not is_index(o) then return o.definition end
  local words, columns, include, rest = relation.keys(o.definition)
  return words .. columns .. include .. " WITH " .. text.options(o.options) .. rest
end

-- If two unique or exclusion constraints differ only in their names, CREATE TABLE creates only one of them.
local function repeats(o)
  if o.type ~= "u" and o.type ~= "x" then return false end
  for _, part in ipairs(o.table.parts) do
    local same = part.type == "p" and o.type == "u" or part.type == o.type and part.constraint < o.constraint
    if same and part.definition:match "%(.*" == o.definition:match "%(.*" then return true end
  end
  return false
end

local facts = { c = "check", f = "foreign", p = "primary", u = "unique", x = "exclusion" }

local function added(o)
  return "AlterTable.AddConstraint." .. facts[o.type] .. (reads_no_row(o) and ".not_valid" or "")
end

local function is_unique(o) return o.kind.keys ~= nil and o.kind.keys(o) ~= nil end

local function add(object, field, value)
  object[field] = object[field] or {}
  table.insert(object[field], value)
end

local function refer(key, relation)
  key._referred = relation
  add(key.table, "_keys", key)
  add(relation, "_references", key)
end

return {
  kind  = "CONSTRAINT",
  rank  = 60,
  found_in = "pg_constraint",
  certain = "definition",
  expressions = { "definition" },
  -- A constraint that PostgreSQL makes in a partition for one of the partitioned table is no object of its own if no other
  -- statement can make it: a foreign key, or since PostgreSQL 17 an exclusion constraint, whose index cannot be attached.
  query = [[
SELECT @address(pg_constraint, k.oid, 0) AS _address, format('%I on %I.%I', k.conname, n.nspname, c.relname) AS name,
       @address(pg_class, c.oid, 0) AS _table, format('%I.%I', n.nspname, c.relname) AS relation,
       quote_ident(k.conname) AS constraint, format('%I.%I', n.nspname, k.conname) AS _index_name,
       k.conindid::int8 AS _index_oid, k.contype::text AS type, NOT k.conislocal AS _inherited, k.contype = 'c' AND k.coninhcount > 0 AS _merged,
       pg_get_constraintdef(k.oid) AS definition,
       r.reloptions AS options, nullif(i.indisclustered, false) AS clustered, nullif(i.indisreplident, false) AS replica_identity,
       -- A constraint that can be deferred also has a trigger.
       CASE WHEN k.contype = 'f' OR k.condeferrable THEN
         (SELECT nullif(string_agg(DISTINCT g.tgenabled::text, ''), 'O') FROM pg_trigger g WHERE g.tgconstraint = k.oid) END
         AS triggers,
       CASE WHEN k.contype = 'f' THEN
         (SELECT array_agg(quote_ident(y.conname)) FROM pg_constraint y WHERE y.conparentid = k.oid AND y.conrelid = k.conrelid) END
         AS _copies
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
  LEFT JOIN pg_class r ON r.oid = i.indexrelid
 WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND NOT (k.contype IN ('f', 'x') AND k.conparentid <> 0)
   AND c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND @ours(n) AND @own(pg_class, c.oid)]],

  -- Notes which tables foreign keys refer to.  A foreign key to a partitioned table has a copy for each partition.  Until
  -- PostgreSQL 17, VALIDATE CONSTRAINT leaves the copies NOT VALID.
  finish = function(snapshot)
    for _, o in ipairs(snapshot.of_kind "CONSTRAINT") do
      for needed in pairs(o.type == "f" and o.needs or {}) do
        if is_unique(needed) then
          refer(o, needed.table)
          o._has_copies = snapshot.version < 180000 and needed.table.partition_key ~= nil
        end
      end
    end
  end,

  phrase = function(o) return ("CONSTRAINT %s ON %s"):format(o.constraint, o.relation) end,
  -- PostgreSQL does not rename a check that is also inherited.
  without_name = function(o) return not o._merged and ("%s %s"):format(o.relation, o.definition) or nil end,
  last_name = function(o) return o.constraint end,
  names = function(o)
    local list = { "constraint " .. o.name }
    if o.type ~= "f" and o.type ~= "c" then list[2] = "relation " .. o._index_name end
    if o.type == "p" then list[3] = "primary key of " .. o.relation end
    return list
  end,
  -- CREATE TABLE ignores NOT VALID, so such a constraint is added later. order.lua also adds a constraint later if it
  -- needs an object that does not exist yet.
  hosted = function(o)
    return not (o.definition:find " NOT VALID$" or repeats(o)) and { o.table } or {}
  end,
  inline = function(o) return ("CONSTRAINT %s %s"):format(o.constraint, full_definition(o)) end,
  implied = function(o) return o._inherited and o.type == "c" end,
  -- In a new table, CREATE TABLE makes each check valid, also an inherited one.
  reaches = function(o) return o.definition:find " NOT VALID$" ~= nil end,
  inherits = function(o, parent) return o.type == "c" and ("CONSTRAINT %s on %s"):format(o.constraint, parent.name) end,
  unlinked = function(o) return o.type == "f" end,
  -- The columns of its index, if it has one.
  keys = function(o) return o.type ~= "c" and o.type ~= "f" and relation.columns(o.definition) or nil end,
  cascades = { definition = function() return true end },

  create = function(o)
    local only = is_index(o) and o.table.partition_key and "ONLY " or ""
    return ("ALTER TABLE %s%s ADD CONSTRAINT %s %s"):format(only, o.relation, o.constraint, full_definition(o))
  end,
  drop = function(o, partly)
    return ("ALTER TABLE %s%s DROP CONSTRAINT %s"):format(partly and "ONLY " or "", o.relation, o.constraint)
  end,
  later = { "clustered", "replica_identity", "index_comment" },

  can_alter = function(new, old)
    return relation.can_alter_index(new, old)
      and (new.definition == old.definition or not new._has_copies and without_validity(old.definition) == new.definition)
  end,
  alter = {
    definition = function(new) return ("ALTER TABLE %s VALIDATE CONSTRAINT %s"):format(new.relation, new.constraint) end,
    index_comment = function(new)
      return ("COMMENT ON INDEX %s IS %s"):format(new._index_name, new.index_comment and text.quote(new.index_comment) or "NULL")
    end,
    clustered = function(new) return relation.cluster(new, new.constraint) end,
    replica_identity = function(new) return relation.replica_identity(new, new.constraint) end,
    options = function(new, old)
      return text.change_options("ALTER INDEX " .. new._index_name, old.options, new.options, "")
    end,
  },

  does = { create = added },
  online = {
    create = function(o)
      if o.type == "f" or o.type == "c" then return add_unchecked(o) end
      if is_index(o) then return add_with_index(o) end
    end,
  },
}

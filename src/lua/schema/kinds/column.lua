local core = ...
local text = core.require "schema.sql.text"
local casts = core.require "schema.sql.casts"
local relation = core.require "schema.sql.relation"
local sequence = core.require "schema.sql.sequence"
local conversion = core.require "schema.sql.conversion"

local storage = { p = "PLAIN", e = "EXTERNAL", m = "MAIN", x = "EXTENDED" }
local compression = { p = "pglz", l = "lz4" }
local always = { a = "ALWAYS", d = "BY DEFAULT" }

-- `_identity_options` is nil if the sequence has the options that CREATE chooses by default.
local function identity(o)
  return ("GENERATED %s AS IDENTITY%s"):format(always[o.identity],
    o._identity_options and (" (%s)"):format(o._identity_options) or "")
end

local function alter_column(o, rest, ...)
  return ("ALTER TABLE %s ALTER COLUMN %s "):format(o.relation, o.column) .. rest:format(...)
end

-- For properties that each table of an inheritance tree has separately.
local function only(o, rest, ...)
  return ("ALTER TABLE ONLY %s ALTER COLUMN %s "):format(o.relation, o.column) .. rest:format(...)
end

-- The limits of the sequence of an identity column.
local function limits(o) return { minimum = o._minimum, maximum = o._maximum, increment = o._increment } end

-- `name`: that of the sequence at that time.
local function alter_sequence(name, new, old, context)
  local list, restart = sequence.move_within(name, limits(old), limits(new), context.from.version)
  list[#list + 1] = ("ALTER SEQUENCE %s %s%s"):format(name, new.identity_options, restart)
  return list
end

-- The sequence of an identity column gets the type of the column, so its bounds must fit into that type before.
local function narrows(new, old)
  return new.identity and old.identity and new._maximum ~= old._maximum
    and math.tointeger(new._maximum) < math.tointeger(old._maximum)
end

local function drops_identity(new, old) return old.identity and not new.identity end
local function drop_identity(o) return alter_column(o, "DROP IDENTITY") end

local function own_not_null_name(o) return o._not_null_local and o._not_null_given end

-- Since PostgreSQL 18, NOT NULL is a constraint that can have a name and an option.
local function add_not_null(o)
  local name = own_not_null_name(o)
  return ("ALTER TABLE %s ADD%s NOT NULL %s%s"):format(o.relation, name and " CONSTRAINT " .. name or "", o.column,
    o.not_null_option and " " .. o.not_null_option or "")
end

-- A partitioned table cannot be altered without its partitions; since PostgreSQL 18, the constraint is inherited.
local function not_null_cascades(o) return o.table.partition_key or o._not_null_inherits and o.not_null_option ~= "NO INHERIT" end

local function not_null(o)
  if o.not_null and (own_not_null_name(o) or o.not_null_option) then return add_not_null(o) end
  return (not_null_cascades(o) and alter_column or only)(o, o.not_null and "SET NOT NULL" or "DROP NOT NULL")
end

local function set_type(new, old, using)
  return alter_column(new, "TYPE %s%s%s", new.type, new.collation and " COLLATE " .. new.collation or "",
                      using and not new.generated and not new._foreign and " USING " .. using or "")
end

local function set_storage(o) return only(o, "SET STORAGE %s", storage[o.storage or o._type_storage]) end
local function set_compression(o) return only(o, "SET COMPRESSION %s", compression[o.compression] or "DEFAULT") end

-- Adds statements that keep storage and compression. A statement that sets a type or a collation resets both, also in the
-- tables that inherit the column.
local function keep_storage(list, new, old, context)
  if new.storage and new.storage == old.storage then list[#list + 1] = set_storage(new) end
  if new.compression and new.compression == old.compression then list[#list + 1] = set_compression(new) end
  for _, link in ipairs(new.table._heirs or {}) do
    local id = ("COLUMN %s.%s"):format(link.child.name, new.column)
    local heir, before = context.to.objects[id], context.from.objects[id]
    if heir and before and not context.creates[link] then keep_storage(list, heir, before, context) end
  end
  return list
end

-- Statements that rebuild the indexes of the column.
local function rebuild_indexes(list, new, context)
  return relation.keep_index_properties(relation.keep_index_comments(list, new, context), new, context)
end

-- Statements that set a type or a collation.
local function rebuild(list, new, old, context)
  return rebuild_indexes(keep_storage(list, new, old, context), new, context)
end

-- `typed`: the type of the table gives the column, so the result is nil unless the column has more properties. `alone`:
-- the table does not inherit from another one yet.
local function definition(o, default, typed, alone)
  local words = { o.column, typed and "WITH OPTIONS" or o.type .. text.generic_options(o.foreign_options) }
  if o.collation and not typed then words[#words + 1] = "COLLATE " .. o.collation end
  if default then words[#words + 1] = "DEFAULT " .. default.expression end
  if o.generated and (alone or not o._inherits_expression) then
    words[#words + 1] = ("GENERATED ALWAYS AS (%s) %s"):format(o.generated, o.virtual and "VIRTUAL" or "STORED")
  end
  if o.identity then words[#words + 1] = identity(o) end
  if o.not_null and o.not_null_option ~= "NOT VALID" then
    words[#words + 1] = (o._not_null_given and ("CONSTRAINT %s "):format(o._not_null_given) or "") .. "NOT NULL"
    words[#words + 1] = o.not_null_option
  end
  if typed and #words == 2 then return nil end
  return table.concat(words, " ")
end

-- ALTER COLUMN TYPE refuses a column that one of these uses. PostgreSQL itself creates other dependents again.
local blocks_type = { VIEW = true, ["MATERIALIZED VIEW"] = true, RULE = true, TRIGGER = true, POLICY = true,
                      FUNCTION = true, ["PUBLICATION TABLE"] = true }

-- Types that a foreign key can compare with each other, so that the columns at its two ends can be altered one after
-- the other.
local families = { smallint = "integer", integer = "integer", bigint = "integer",
                   text = "text", ["character varying"] = "text" }

local function same_family(new, old)
  return new._base == old._base or families[new._base] and families[new._base] == families[old._base]
end

local function disturbed(dependent, new, old)
  local kind = dependent.kind.kind
  if blocks_type[kind] or dependent.generated or (dependent.row_types or {})[old.table] then return true end
  -- If the type has the same name here, it is dropped and created again.
  if kind == "CONSTRAINT" then return dependent.type == "f" and (new.type == old.type or not same_family(new, old)) end
  -- PostgreSQL creates statistics again without their target, for the role that runs the statement.
  if kind == "STATISTICS" then
    return dependent.target ~= nil or dependent.owner ~= nil and dependent.owner ~= old.snapshot.user
  end
  -- PostgreSQL cannot convert a default with a USING expression.
  return kind == "DEFAULT" and conversion.using(old, new) ~= nil
end

-- Has the table children when the column is added?
local function has_heirs(o, context)
  for _, link in ipairs(o.table._heirs or {}) do
    if not context.creates[link] then return true end
  end
end

-- Adds to a list the tables in which ADD COLUMN creates the column, from a table downwards. → has a table below it the column
-- already?
local function add_reached(list, o, context)
  local any = false
  list[#list + 1] = o.table
  for _, link in ipairs(o.table._heirs or {}) do
    local heir = not context.creates[link] and o.snapshot.objects[("COLUMN %s.%s"):format(link.child.name, o.column)]
    local has = heir and (heir._merged or not context.creates[heir])
    any = has or heir and add_reached(list, heir, context) or any
  end
  return any
end

-- Takes the default of a new column from it and from those that inherit it, but not from a column that a child had before.
local function drop_default(o, context)
  local tables = {}
  if not add_reached(tables, o, context) then return alter_column(o, "DROP DEFAULT") end
  for i, relation in ipairs(tables) do
    tables[i] = ("ALTER TABLE ONLY %s ALTER COLUMN %s DROP DEFAULT"):format(relation.name, o.column)
  end
  return tables
end

-- PostgreSQL adds no identity column to a table with children, and until version 16 none to one with partitions. So the values
-- of a sequence that is dropped again fill the column, and then the column becomes an identity.
local function add_filled_identity(o, context)
  local schema, last = text.split(o.identity_sequence)
  local filler = schema .. "." .. text.name_of(last, "_filler")
  local plain = setmetatable({ identity = false }, { __index = o })
  local default = { expression = ("nextval(%s)"):format(text.quote(filler)) }
  return {
    ("CREATE SEQUENCE %s %s"):format(filler, o.identity_options),
    { sql = ("ALTER TABLE %s ADD COLUMN %s"):format(o.relation, definition(plain, default, false, true)), main = true },
    drop_default(o, context),
    "DROP SEQUENCE " .. filler,
    alter_column(o, "ADD %s", identity(o)),
    sequence.catch_up(o.identity_sequence, o.relation, o.column, limits(o), o.type),
  }
end

local function added(o, parts)
  local key = "AlterTable.AddColumn"
  if o.identity then return key .. ".identity" end
  if o.generated then return key .. (o.virtual and ".virtual" or ".stored") end
  if o._checked then return key .. ".domain_with_constraint" end
  return parts[1] and parts[1]._volatile and key .. ".volatile_default" or key
end

-- An expression that uses a whole row needs all columns of the table, so none of them can be altered. A function body
-- that is a string does not have this effect.
local function need_rows(o)
  for relation in pairs(o.row_types) do
    for _, part in ipairs(relation.parts or {}) do
      if part.kind.kind == "COLUMN" then o.needs[part] = o.needs[part] or "normal" end
    end
  end
end

local function always_cascades() return true end

local function has_column(relation, name)
  for _, part in ipairs(relation.parts or {}) do
    if part.kind.kind == "COLUMN" and part.column == name then return true end
  end
end

-- The links by which a table inherits a column.
local function origins(relation, name)
  local list = {}
  for _, link in ipairs(relation._links or {}) do
    if has_column(link._of, name) then list[#list + 1] = link end
  end
  return list
end

-- Adds to a set the topmost tables from which a table inherits a column.
local function add_tops(set, relation, name)
  local links = origins(relation, name)
  for _, link in ipairs(links) do add_tops(set, link._of, name) end
  if #links == 0 then set[relation] = true end
  return set
end

-- PostgreSQL does not alter a column that comes from two parents, unless both have it from one table.  So the table leaves all
-- parents but one until their columns are altered.
local function leave_parents(old)
  local list = {}
  for _, link in ipairs(old.table._heirs or {}) do
    local tops = add_tops({}, link.child, old.column)
    for i, other in ipairs(next(tops, next(tops)) and origins(link.child, old.column) or {}) do
      if i > 1 then list[#list + 1] = other end
    end
  end
  return list
end

return {
  kind  = "COLUMN",
  rank  = 55,
  expressions = { "generated" },
  acl   = "c",
  query = [[
SELECT @address(pg_class, c.oid, a.attnum) AS _address, format('%I.%I.%I', n.nspname, c.relname, a.attname) AS name,
       @address(pg_class, c.oid, 0) AS _table, format('%I.%I', n.nspname, c.relname) AS relation,
       quote_ident(a.attname) AS column, a.attnum AS _position, c.relkind = 'f' AS _foreign, NOT a.attislocal AS _inherited,
       a.attislocal AND a.attinhcount > 0 AS _merged,
       -- Until PostgreSQL 15, a child cannot have an expression where its parent has one.
       @since(16, false | a.attgenerated <> '' AND NOT c.relispartition AND EXISTS (SELECT FROM pg_inherits i
         JOIN pg_attribute p ON p.attrelid = i.inhparent AND p.attname = a.attname
        WHERE i.inhrelid = c.oid AND p.attgenerated <> '')) AS _inherits_expression,
       format_type(a.atttypid, a.atttypmod) AS type,
       t.typtype = 'd' AND (t.typnotnull OR EXISTS (SELECT FROM pg_constraint k WHERE k.contypid = t.oid)) AS _checked,
       format_type(CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END, NULL) AS _base, t.typcategory = 'S' AS _string,
       (SELECT a.attnum = ANY (k.partattrs) FROM pg_partitioned_table k WHERE k.partrelid = c.oid) AS _key,
       (SELECT format('%I.%I', kn.nspname, k.collname) FROM pg_collation k JOIN pg_namespace kn ON kn.oid = k.collnamespace
         WHERE k.oid = a.attcollation AND a.attcollation <> t.typcollation) AS collation,
       nullif(a.attnotnull, false) AS not_null, quote_ident(w.conname) AS _not_null_name,
       @since(18, true | false) AS _not_null_inherits,
       CASE WHEN NOT @chosen(w, c.relname || '_' || a.attname || '_not_null') THEN quote_ident(w.conname) END AS _not_null_given,
       w.conislocal AS _not_null_local,
       -- A constraint with the name of the parent's may have become the table's own as well, which no statement undoes.
       CASE WHEN w.conislocal AND w.conname <> c.relname || '_' || a.attname || '_not_null' AND NOT EXISTS (SELECT
              FROM pg_inherits h JOIN pg_constraint o ON o.conrelid = h.inhparent AND o.contype = 'n' AND o.conname = w.conname
             WHERE h.inhrelid = c.oid)
            THEN quote_ident(w.conname) END AS not_null_name,
       CASE WHEN NOT w.conislocal THEN NULL WHEN w.connoinherit THEN 'NO INHERIT' WHEN NOT w.convalidated THEN 'NOT VALID' END
         AS not_null_option,
       CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END AS generated,
       CASE WHEN a.attgenerated = 'v' THEN true END AS virtual,
       -- Since PostgreSQL 17, a partition has the identity of its parent, and no sequence of its own.
       CASE WHEN y.name IS NOT NULL THEN a.attidentity::text END AS identity,
       y.options AS identity_options, y.short AS _identity_options, y.name AS identity_sequence, y.minimum AS _minimum,
       y.maximum AS _maximum,
       y.increment AS _increment, y.persistence AS identity_persistence,
       y.address AS _identity_sequence,
       CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END AS storage, t.typstorage::text AS _type_storage,
       @since(14, nullif(a.attcompression::text, '') | NULL::text) AS compression,
       CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::int END AS statistics,
       CASE WHEN a.attoptions IS NOT NULL THEN
         nullif(ARRAY(SELECT o FROM unnest(a.attoptions) o WHERE o !~ '^pg_attver=' ORDER BY 1), '{}') END AS options,
       CASE WHEN a.attfdwoptions IS NOT NULL THEN ARRAY(SELECT o FROM unnest(a.attfdwoptions) o ORDER BY 1) END
         AS foreign_options
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN LATERAL (
    SELECT format('%I.%I', sn.nspname, s.relname) AS name, @address(pg_class, s.oid, 0) AS address, @since(15, CASE WHEN s.relpersistence <> c.relpersistence
             THEN s.relpersistence::text END | NULL::text) AS persistence, seqmin::text AS minimum,
           seqmax::text AS maximum, seqincrement::text AS increment,
           format('START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s %s', seqstart, seqincrement, seqmin, seqmax,
                  seqcache, CASE WHEN seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END) AS options,
           nullif(concat_ws(' ',
             CASE WHEN s.relname <> c.relname || '_' || a.attname || '_seq' OR sn.oid <> n.oid
                  THEN format('SEQUENCE NAME %I.%I', sn.nspname, s.relname) END,
             CASE WHEN seqstart <> CASE WHEN seqincrement > 0 THEN seqmin ELSE seqmax END THEN 'START WITH ' || seqstart END,
             CASE WHEN seqincrement <> 1 THEN 'INCREMENT BY ' || seqincrement END,
             CASE WHEN seqincrement < 0 OR seqmin <> 1 THEN 'MINVALUE ' || seqmin END,
             CASE WHEN seqincrement < 0 OR seqmax <> CASE seqtypid WHEN 'int2'::regtype THEN 32767
                       WHEN 'int4'::regtype THEN 2147483647 ELSE 9223372036854775807 END THEN 'MAXVALUE ' || seqmax END,
             CASE WHEN seqcache <> 1 THEN 'CACHE ' || seqcache END,
             CASE WHEN seqcycle THEN 'CYCLE' END), '') AS short
      FROM pg_depend v JOIN pg_sequence q ON q.seqrelid = v.objid JOIN pg_class s ON s.oid = q.seqrelid
      JOIN pg_namespace sn ON sn.oid = s.relnamespace
     WHERE a.attidentity <> '' AND v.refclassid = 'pg_class'::regclass AND v.refobjid = c.oid AND v.refobjsubid = a.attnum
       AND v.classid = 'pg_class'::regclass AND v.deptype = 'i') y ON true
  LEFT JOIN pg_attrdef d ON a.attgenerated <> '' AND d.adrelid = a.attrelid AND d.adnum = a.attnum
  -- Since PostgreSQL 18.
  LEFT JOIN pg_constraint w ON w.contype = 'n' AND w.conrelid = c.oid AND w.conkey = ARRAY[a.attnum]
 WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't'
   AND @ours(n) AND @own(pg_class, c.oid)]],

  finish = function(snapshot)
    for _, o in ipairs(snapshot.of_kind "COLUMN") do o.snapshot = snapshot end
    for _, o in ipairs(snapshot.with_row_types) do
      if o.kind.kind ~= "COLUMN" and not o._body then need_rows(o) end
    end
  end,

  phrase = function(o) return "COLUMN " .. o.name end,
  names = function(o) return { "column " .. o.name, o.identity_sequence and "relation " .. o.identity_sequence } end,
  inline = definition,
  joined = function(o) return o.table end,
  -- An inherited column is created and dropped with the column of the parent, except in a new partition.
  implied = function(o) return o._inherited end,
  inherits = function(o, parent) return ("COLUMN %s.%s"):format(parent.name, o.column) end,
  -- Since PostgreSQL 18, a NOT NULL constraint keeps its name when its table is attached or detached.
  moved = function(fields, old, new)
    if old.not_null and new.not_null and old.not_null_name == new.not_null_name
      and old._not_null_local ~= new._not_null_local and old._not_null_name ~= new._not_null_name then
      fields[#fields + 1] = "not_null_name"
    end
  end,
  cascades = {
    type = always_cascades, collation = always_cascades, generated = always_cascades,
    not_null = not_null_cascades,
  },
  -- A column that is inherited and also defined by the table itself stays when the column of the parent is dropped.  A child
  -- table that is dropped, too, goes before: a policy of the child can need the column.
  edges = function(change, graph)
    local o, list = change.verb == "alter" and change.old or change.object, {}
    local with_table = change.verb == "drop" and graph.drops[o.table]
    for _, link in ipairs((o._merged or change.verb ~= "create") and o.table._links or {}) do
      local id = ("COLUMN %s.%s"):format(link._of.name, o.column)
      local above = graph.drops[graph.from.objects[id]]
      if with_table then list[#list + 1] = { with_table, above }
      elseif change.carrier then break
      elseif change.verb == "create" then list[#list + 1] = { change, graph.creates[graph.to.objects[id]] }
      else list[#list + 1] = { above, change } end
    end
    return list
  end,

  loses = function(o) return not o.generated end,
  -- PostgreSQL neither alters nor drops a column of a partition key. In a table of a type, a new column would be in another
  -- place than in the type.
  instead = function(o, to)
    local new = to.objects[o.id]
    return (o._key or new and new.table._is_of_type) and o.table or nil
  end,
  -- A new type has the name of the old one: the values are converted.
  follows = function(o) return not (o.generated or o._key) and { "type" } or nil end,

  create = function(o, parts, _, context)
    local refused = o.identity and not (o.table.partition_key and o.snapshot.version >= 170000)
    if refused and has_heirs(o, context) then return add_filled_identity(o, context) end
    return ("ALTER TABLE %s ADD COLUMN %s"):format(o.relation, definition(o, parts[1], false, true))
  end,
  -- With ONLY, the children keep their columns.
  drop = function(o, partly)
    return ("ALTER TABLE %s%s DROP COLUMN %s"):format(partly and "ONLY " or "", o.relation, o.column)
  end,
  does = {
    create = added,
    drop = function(o) return not o.generated and "AlterTable.DropColumn", o.name end,
    alter = {
      type = function(new, old) return casts.form(new.snapshot.casts, old, new) end,
      not_null = function(new) return new.not_null and "AlterTable.SetNotNull" end,
      generated = function(new)
        return new.generated and (new.virtual and "AlterTable.SetExpression.virtual" or "AlterTable.SetExpression")
      end,
    },
  },
  later = { "not_null_option", "storage", "compression", "statistics", "options", "identity_persistence", "identity_comment" },

  can_alter = function(new, old, version)
    if new.virtual ~= old.virtual then return false end
    if new.generated and new.type ~= old.type and conversion.using(old, new) then return false end
    if (new._key or old._key) and (new.type ~= old.type or new.collation ~= old.collation) then return false end
    return new.generated == old.generated or old.generated ~= nil and (new.generated == nil or version >= 170000)
  end,
  first = { "generated", "type", "identity", "identity_sequence" },
  alter = {
    type = function(new, old, _, context)
      -- A column with an identity must have an integer type.
      local list = narrows(new, old) and alter_sequence(old.identity_sequence, new, old, context)
        or drops_identity(new, old) and { drop_identity(new) } or {}
      list[#list + 1] = { sql = set_type(new, old, conversion.using(old, new)), main = true }
      return rebuild(list, new, old, context)
    end,
    collation = function(new, old, _, context)
      return new.type ~= old.type and {} or rebuild({ set_type(new, old) }, new, old, context)
    end,
    not_null = function(new, old)
      if new.identity and not old.identity then return {} end
      return not_null(new)
    end,
    not_null_name = function(new, old)
      if not (new.not_null and old.not_null) then return {} end
      return ("ALTER TABLE %s RENAME CONSTRAINT %s TO %s"):format(new.relation, old._not_null_name, new._not_null_name)
    end,
    not_null_option = function(new, old)
      if not old.id then return new.not_null_option == "NOT VALID" and add_not_null(new) or {} end
      if not (new.not_null and old.not_null) then return {} end
      local option, name = new.not_null_option, new._not_null_name
      if option == "NOT VALID" then return { only(new, "DROP NOT NULL"), add_not_null(new) } end
      local list = {}
      if old.not_null_option == "NOT VALID" then
        list[#list + 1] = ("ALTER TABLE %s VALIDATE CONSTRAINT %s"):format(new.relation, name)
      end
      if option or old.not_null_option == "NO INHERIT" then
        list[#list + 1] = ("ALTER TABLE %s ALTER CONSTRAINT %s %s"):format(new.relation, name, option or "INHERIT")
      end
      return list
    end,
    identity_persistence = function(new, old)
      if not new.identity then return {} end
      return ("ALTER SEQUENCE %s SET %s"):format(new.identity_sequence,
        (new.identity_persistence or new.table.persistence) == "u" and "UNLOGGED" or "LOGGED")
    end,
    identity_comment = function(new)
      if not new.identity then return {} end
      return ("COMMENT ON SEQUENCE %s IS %s"):format(new.identity_sequence,
        new.identity_comment and text.quote(new.identity_comment) or "NULL")
    end,
    generated = function(new, _, _, context)
      if not new.generated then return alter_column(new, "DROP EXPRESSION") end
      return rebuild_indexes({ alter_column(new, "SET EXPRESSION AS (%s)", new.generated) }, new, context)
    end,
    identity = function(new, old)
      if not new.identity then return new.type ~= old.type and {} or drop_identity(new) end
      if old.identity then return alter_column(new, "SET GENERATED %s", always[new.identity]) end
      local list = { not old.not_null and not_null(new) or nil }
      list[#list + 1] = alter_column(new, "ADD %s", identity(new))
      list[#list + 1] = not new._foreign
        and sequence.catch_up(new.identity_sequence, new.relation, new.column, limits(new), new.type) or nil
      return list
    end,
    identity_sequence = function(new, old)
      if not (new.identity and old.identity) then return {} end
      return ("ALTER SEQUENCE %s RENAME TO %s"):format(old.identity_sequence, text.last(new.identity_sequence))
    end,
    identity_options = function(new, old, _, context)
      if not (new.identity and old.identity) or new.type ~= old.type and narrows(new, old) then return {} end
      return alter_sequence(new.identity_sequence, new, old, context)
    end,
    storage = set_storage,
    compression = set_compression,
    statistics = function(new) return only(new, "SET STATISTICS %d", new.statistics or -1) end,
    options = function(new, old)
      return text.change_options(only(new, ""):sub(1, -2), old.options, new.options, "")
    end,
    foreign_options = function(new, old)
      return ("ALTER FOREIGN TABLE %s ALTER COLUMN %s %s"):format(new.relation, new.column,
        text.change_generic_options(old.foreign_options, new.foreign_options))
    end,
  },

  disturbs = { type = disturbed, collation = disturbed },
  releases = function(old, fields)
    local set = text.set(fields)
    return (set.type or set.collation) and leave_parents(old) or {}
  end,

  -- SET NOT NULL reads the whole table under a lock that blocks reads and writes, unless a valid check constraint
  -- proves that there is no NULL.
  online = {
    alter = {
      not_null = function(new, old)
        if not new.not_null or new.identity and not old.identity then return nil end
        local check = text.name_of(new.column, "_is_not_null")
        local alter = "ALTER TABLE " .. new.relation
        return {
          ("%s ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID"):format(alter, check, new.column),
          { sql = ("%s VALIDATE CONSTRAINT %s"):format(alter, check), apart = true },
          not_null(new),
          ("%s DROP CONSTRAINT %s"):format(alter, check),
        }
      end,
    },
  },
}

local core = ...
local text = core.require "schema.text"

local storage = { p = "PLAIN", e = "EXTERNAL", m = "MAIN", x = "EXTENDED" }
local compression = { p = "pglz", l = "lz4" }
local always = { a = "ALWAYS", d = "BY DEFAULT" }

-- The options of an identity column's sequence; `default` leaves out what CREATE would choose itself.
local function identity(o)
  return ("GENERATED %s AS IDENTITY%s"):format(always[o.identity],
    o.identity_options and (" (%s)"):format(o.identity_options) or "")
end

local function alter_column(o, rest, ...)
  return ("ALTER TABLE %s ALTER COLUMN %s "):format(o.relation, o.column) .. rest:format(...)
end

local function only(o, rest, ...)
  return ("ALTER TABLE ONLY %s ALTER COLUMN %s "):format(o.relation, o.column) .. rest:format(...)
end

local function definition(o, default)
  local words = { o.column, o.type .. text.generic_options(o.foreign_options) }
  if o.collation then words[#words + 1] = "COLLATE " .. o.collation end
  if default then words[#words + 1] = "DEFAULT " .. default.expression end
  if o.generated then
    words[#words + 1] = ("GENERATED ALWAYS AS (%s) %s"):format(o.generated, o.virtual and "VIRTUAL" or "STORED")
  end
  if o.identity then words[#words + 1] = identity(o) end
  if o.not_null then words[#words + 1] = "NOT NULL" end
  return table.concat(words, " ")
end

local blocks_type = { VIEW = true, ["MATERIALIZED VIEW"] = true, RULE = true, TRIGGER = true, POLICY = true,
                      FUNCTION = true, ["PUBLICATION TABLE"] = true }

return {
  kind  = "COLUMN",
  rank  = 55,
  acl   = "c",
  query = [[
SELECT @address(pg_class, c.oid, a.attnum) AS _address, format('%I.%I.%I', n.nspname, c.relname, a.attname) AS name,
       @address(pg_class, c.oid, 0) AS _table, format('%I.%I', n.nspname, c.relname) AS relation,
       quote_ident(a.attname) AS column, a.attnum AS _position, c.relkind = 'f' AS _foreign, NOT a.attislocal AS _inherited,
       format_type(a.atttypid, a.atttypmod) AS type,
       (SELECT format('%I.%I', kn.nspname, k.collname) FROM pg_collation k JOIN pg_namespace kn ON kn.oid = k.collnamespace
         WHERE k.oid = a.attcollation AND a.attcollation <> t.typcollation) AS collation,
       nullif(a.attnotnull, false) AS not_null,
       CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END AS generated,
       CASE WHEN a.attgenerated = 'v' THEN true END AS virtual,
       nullif(a.attidentity::text, '') AS identity,
       CASE WHEN a.attidentity <> '' THEN
         (SELECT format('SEQUENCE NAME %I.%I START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s%s', sn.nspname,
                 s.relname, seqstart, seqincrement, seqmin, seqmax, seqcache, CASE WHEN seqcycle THEN ' CYCLE' END)
            FROM pg_depend y JOIN pg_sequence q ON q.seqrelid = y.objid JOIN pg_class s ON s.oid = q.seqrelid
            JOIN pg_namespace sn ON sn.oid = s.relnamespace
           WHERE y.refclassid = 'pg_class'::regclass AND y.refobjid = c.oid AND y.refobjsubid = a.attnum
             AND y.classid = 'pg_class'::regclass AND y.deptype = 'i') END AS identity_options,
       CASE WHEN a.attidentity <> '' THEN
         (SELECT @address(pg_class, y.objid, 0) FROM pg_depend y
           WHERE y.refclassid = 'pg_class'::regclass AND y.refobjid = c.oid AND y.refobjsubid = a.attnum
             AND y.classid = 'pg_class'::regclass AND y.deptype = 'i') END AS _identity_sequence,
       CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END AS storage,
       @since(14, nullif(a.attcompression::text, '') | NULL::text) AS compression,
       CASE WHEN a.attstattarget >= 0 THEN a.attstattarget::int END AS statistics,
       nullif(ARRAY(SELECT o FROM unnest(a.attoptions) o WHERE o !~ '^pg_attver=' ORDER BY 1), '{}') AS options,
       nullif(ARRAY(SELECT o FROM unnest(a.attfdwoptions) o ORDER BY 1), '{}') AS foreign_options
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON a.attgenerated <> '' AND d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't'
   AND @ours(n) AND @own(pg_class, c.oid)]],

  phrase = function(o) return "COLUMN " .. o.name end,
  inline = definition,
  hosted = function(o) return o.table end,
  -- An inherited column comes and goes with that of the parent, except in a partition that is made.
  implied = function(o) return o._inherited end,

  loses = function(o) return not o.generated end,

  create = function(o)
    return ("ALTER TABLE %s ADD COLUMN %s"):format(o.relation, definition(o))
  end,
  drop = function(o) return ("ALTER TABLE %s DROP COLUMN %s"):format(o.relation, o.column) end,
  later = { "storage", "compression", "statistics", "options" },

  alter = {
    type = function(new, old)
      if new._foreign then return alter_column(new, "TYPE %s", new.type) end
      return alter_column(new, "TYPE %s%s USING %s::%s", new.type, new.collation and " COLLATE " .. new.collation or "",
                          new.column, new.type)
    end,
    collation = function(new, old)
      if new.type ~= old.type then return {} end
      return alter_column(new, "TYPE %s%s", new.type, new.collation and " COLLATE " .. new.collation or "")
    end,
    not_null = function(new) return alter_column(new, new.not_null and "SET NOT NULL" or "DROP NOT NULL") end,
    identity = function(new, old)
      if not new.identity then return alter_column(new, "DROP IDENTITY") end
      if not old.identity then return alter_column(new, "ADD %s", identity(new)) end
      return alter_column(new, "SET GENERATED %s", always[new.identity])
    end,
    identity_options = function(new, old)
      if not (new.identity and old.identity) then return {} end
      local list = {}
      local old_name = old.identity_options:match "^SEQUENCE NAME (.-) START WITH"
      local name, rest = new.identity_options:match "^SEQUENCE NAME (.-) (START WITH.*)$"
      if name ~= old_name then
        list[1] = ("ALTER SEQUENCE %s RENAME TO %s"):format(old_name, text.last(name))
      end
      if not rest:find " CYCLE$" then rest = rest .. " NO CYCLE" end
      list[#list + 1] = ("ALTER SEQUENCE %s %s"):format(name, rest)
      return list
    end,
    storage = function(new) return only(new, "SET STORAGE %s", storage[new.storage] or "DEFAULT") end,
    compression = function(new) return only(new, "SET COMPRESSION %s", compression[new.compression] or "DEFAULT") end,
    statistics = function(new) return only(new, "SET STATISTICS %d", new.statistics or -1) end,
    options = function(new, old)
      return text.change_options(only(new, ""):sub(1, -2), old.options, new.options, "")
    end,
    foreign_options = function(new, old)
      return ("ALTER FOREIGN TABLE %s ALTER COLUMN %s %s"):format(new.relation, new.column,
        text.change_generic_options(old.foreign_options, new.foreign_options))
    end,
  },

  disturbs = {
    type = function(dependent) return blocks_type[dependent.kind.kind] or dependent.generated ~= nil end,
  },
}

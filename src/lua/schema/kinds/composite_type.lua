local core = ...
local text = core.require "schema.sql.text"
local value_types = core.require "schema.sql.types"

-- Attributes "NAME: TYPE" → { [NAME] = TYPE } and the names in their order
local function by_name(attributes)
  local types, names = {}, {}
  for i, attribute in ipairs(attributes) do
    local name, type_ = text.split_item(attribute)
    types[name], names[i] = type_, name
  end
  return types, names
end

-- ALTER TYPE adds attributes only at the end, and cannot change the type of an attribute while a table uses the
-- composite type.
local function can_alter(new, old)
  local had, before = by_name(old.attributes)
  local has, after = by_name(new.attributes)
  local i = 1
  for _, name in ipairs(before) do
    if has[name] then
      if after[i] ~= name or old._used and has[name] ~= had[name] then return false end
      i = i + 1
    end
  end
  return true
end

-- Does an attribute get another type? ALTER TYPE refuses this while an expression uses the type.
local function changes_type(new, old)
  local had, has = by_name(old.attributes), by_name(new.attributes)
  for name, type_ in pairs(had) do
    if has[name] and has[name] ~= type_ then return true end
  end
  return false
end

local function attributes(new, old)
  local list, had, before = {}, by_name(old.attributes)
  local has, after = by_name(new.attributes)
  local function add(statement, ...) list[#list + 1] = ("ALTER TYPE %s " .. statement):format(new.name, ...) end
  for _, name in ipairs(before) do
    if not has[name] then list[#list + 1] = { sql = ("ALTER TYPE %s DROP ATTRIBUTE %s"):format(new.name, name), main = true } end
  end
  for _, name in ipairs(after) do
    if not had[name] then add("ADD ATTRIBUTE %s %s", name, has[name])
    elseif had[name] ~= has[name] then add("ALTER ATTRIBUTE %s TYPE %s", name, has[name]) end
  end
  return list
end

local function definition(o)
  local list = {}
  for i, attribute in ipairs(o.attributes) do list[i] = ("%s %s"):format(text.split_item(attribute)) end
  return table.concat(list, ", ")
end

local types = { ["COMPOSITE TYPE"] = true, DOMAIN = true, RANGE = true }

local function has_types(snapshot)
  for kind in pairs(types) do
    if #snapshot.of_kind(kind) > 0 then return true end
  end
  return false
end

-- Notes the types whose values a table stores, and in _nested the types whose values are parts of other values.
local function mark(holder, nested)
  for needed in pairs(holder.needs) do
    local within = nested or holder.type ~= needed.name
    if types[needed.kind.kind] and not (needed._used and (needed._nested or not within)) then
      needed._used, needed._nested = true, needed._nested or within
      mark(needed, within)
    end
  end
end

-- Notes in _holders of each type the columns that store its values.
local function hold(column, snapshot)
  value_types.each_composite({ snapshot = snapshot, type = column.type }, function(o)
    o._holders = o._holders or {}
    table.insert(o._holders, column)
  end)
end

-- The tables whose rows are values in the body of a function.
local function used_rows(snapshot)
  local rows = {}
  for _, o in ipairs(snapshot.with_row_types) do
    for relation in pairs(o.kind.kind == "FUNCTION" and not o._body and o.row_types or {}) do rows[relation] = true end
  end
  return rows
end

return {
  kind  = "COMPOSITE TYPE",
  rank  = 33,
  found_in = "pg_class c",
  acl   = "T",
  query = [[
SELECT @address(pg_type, c.reltype, 0) AS _address, format('%I.%I', n.nspname, c.relname) AS name,
       quote_ident(pg_get_userbyid(c.relowner)) AS owner,
       ARRAY(SELECT concat_ws(' ', quote_ident(a.attname) || ':', format_type(a.atttypid, a.atttypmod),
               (SELECT format('COLLATE %I.%I', kn.nspname, k.collname) FROM pg_collation k
                  JOIN pg_namespace kn ON kn.oid = k.collnamespace
                 WHERE k.oid = a.attcollation AND a.attcollation <> t.typcollation))
               FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS attributes,
       ARRAY(SELECT quote_ident(a.attname) FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS _names,
       ARRAY(SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS _types
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'c' AND @ours(n) AND @own(pg_type, c.reltype)]],

  finish = function(snapshot)
    local rows = used_rows(snapshot)
    local composites = #snapshot.of_kind "COMPOSITE TYPE" > 0
    for _, o in ipairs(has_types(snapshot) and snapshot.of_kind "COLUMN" or {}) do
      mark(o, rows[o.table])
      if composites then hold(o, snapshot) end
    end
    for _, o in ipairs(snapshot.of_kind "MATERIALIZED VIEW") do mark(o, rows[o.table]) end
  end,

  phrase = function(o) return "TYPE " .. o.name end,
  aside = function(o) return text.set_aside("TYPE", o.name) end,
  names = function(o) return { "type " .. o.name } end,
  create = function(o) return ("CREATE TYPE %s AS (%s)"):format(o.name, definition(o)) end,
  can_alter = can_alter,
  alter = { attributes = attributes },
  disturbs = {
    attributes = function(dependent, new, old)
      local kind = dependent.kind.kind
      if kind == "VIEW" or kind == "MATERIALIZED VIEW" or kind == "TABLE OF TYPE" then return true end
      return not (types[kind] or kind == "COLUMN" or dependent._body) and changes_type(new, old)
    end,
  },
}

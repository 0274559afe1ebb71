-- tree.lua: looks around in parse trees, as moonbird.statements gives them.

local tree = {}

-- Key words that are names only in quotes: appendix "SQL Key Words" of PostgreSQL's manual, "reserved".
local reserved = {}
for word in ([[all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
               column concurrently constraint create cross current_catalog current_date current_role current_schema
               current_time current_timestamp current_user default deferrable desc distinct do else end except false
               fetch for foreign freeze from full grant group having ilike in initially inner intersect into is isnull
               join lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or
               order outer overlaps placing primary references returning right select session_user similar some
               symmetric system_user table tablesample then to trailing true union unique user using variadic verbose
               when where window with]]):gmatch "%S+" do
  reserved[word] = true
end

-- A name without quotes, from its parts or from a RangeVar; "public." is left out, as it is the usual schema.
function tree.name(of)
  if not of then return nil end
  if type(of) == "string" then return of end
  local parts = of.relname and { of.schemaname, of.relname } or of
  if of.relname and not of.schemaname then parts = { of.relname } end
  local name = table.concat(parts, ".")
  return name:match "^public%.(.+)$" or name
end

-- An iterator over a table in the order of its keys, which are names.  The order of pairs differs from run to run, and with it
-- would the findings.
function tree.sorted(named)
  local names, i = {}, 0
  for name in pairs(named) do names[#names + 1] = name end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  return function()
    i = i + 1
    return names[i], named[names[i]]
  end
end

-- Calls a function for each table in a node or list, in the order of the list or of the fields' names.
local function each_child(value, call, with)
  if value[1] ~= nil then
    for _, child in ipairs(value) do
      if type(child) == "table" then call(child, with) end
    end
    return
  end
  local keys = {}
  for key, child in pairs(value) do
    if type(child) == "table" then keys[#keys + 1] = key end
  end
  if #keys > 1 then table.sort(keys) end
  for _, key in ipairs(keys) do call(value[key], with) end
end

-- An iterator over all nodes in a value: the node itself first, then what is in its fields.
local function visit(value, tag)
  if type(value) ~= "table" then return end
  if value.tag and (not tag or value.tag == tag) then coroutine.yield(value) end
  each_child(value, visit, tag)
end

function tree.nodes(value, tag)
  return coroutine.wrap(function() visit(value, tag) end)
end

-- Line and column of the byte `location`, from 0, in a statement.
function tree.place(statement, location)
  local line, column, text = statement.line, statement.column or 1, statement.text
  if not location then return line, column end
  local before = text:sub(1, location)
  local _, lines = before:gsub("\n", "")
  if lines == 0 then return line, column + (utf8.len(before) or #before) end
  local last = before:match "([^\n]*)$"
  return line + lines, (utf8.len(last) or #last) + 1
end

-- The smallest location in a node: where it begins.  nil if PostgreSQL keeps none.
function tree.location(node)
  if type(node) ~= "table" then return nil end
  if node.location and node.location >= 0 then return node.location end
  local least
  for key, child in pairs(node) do
    local at = key ~= "tag" and tree.location(child)
    if at and (not least or at < least) then least = at end
  end
  return least
end

-- The name of a type in lower case, without pg_catalog: "timestamp", "int4", "varchar".
function tree.type_name(of)
  local names = of and of.names or {}
  if names[1] == "pg_catalog" then return names[2] end
  return table.concat(names, ".")
end

-- The names in SQL of types that have another one in the catalog.
local in_sql = { int4 = "integer", int8 = "bigint", int2 = "smallint", bool = "boolean", bpchar = "char", float4 = "real",
                 float8 = "double precision" }

-- A type as SQL: "varchar(20)", "text[]".
function tree.type_sql(of)
  local name, typmods = tree.type_name(of), {}
  for i, typmod in ipairs(of.typmods or {}) do typmods[i] = tostring(typmod.value) end
  local text = in_sql[name] or of.names[1] == "pg_catalog" and name or tree.sql_name(of.names)
  if #typmods > 0 and name ~= "interval" then text = ("%s(%s)"):format(text, table.concat(typmods, ", ")) end
  return text .. ("[]"):rep(of.arrayBounds and #of.arrayBounds or 0)
end

-- The constraint of this kind that is part of a column's definition, as CONSTR_DEFAULT; or nil.
function tree.constraint(column, kind)
  for _, constraint in ipairs(column.constraints or {}) do
    if constraint.contype == kind then return constraint end
  end
end

local off = { ["false"] = true, off = true, ["0"] = true }

-- Is the option of a list such as (CONCURRENTLY, VERBOSE off) on?
function tree.option(options, name)
  for _, option in ipairs(options or {}) do
    if option.defname == name then return not off[tostring(option.arg)] end
  end
  return false
end

-- A name as SQL: quoted if it needs quotes.
function tree.quoted(name)
  return name:find "^[%l_][%l%d_$]*$" and not reserved[name] and name or '"' .. name:gsub('"', '""') .. '"'
end

-- The name of a relation, or the parts of a name, as SQL.
function tree.sql_name(of)
  local parts = {}
  for _, part in ipairs(of.relname and { of.schemaname or false, of.relname } or of) do
    if part then parts[#parts + 1] = tree.quoted(part) end
  end
  return table.concat(parts, ".")
end

return tree

-- type_change.lua: does ALTER COLUMN ... TYPE write the table again?
--
-- "ALTER TABLE", section Notes, in PostgreSQL's manual; ATColumnChangeRequiresRewrite in tablecmds.c; and the casts WITHOUT
-- FUNCTION of pg_cast.  The functions that make a length longer are simplified away by their support functions, such as
-- varchar_support and numeric_support.  The same in versions 13 to 18.

local core = ...
local tree = core.require "lint.tree"

local type_change = {}

-- The names that format_type gives to types of pg_catalog.
local catalog_names = {
  ["character varying"] = "varchar", ["character"] = "bpchar", integer = "int4", bigint = "int8", smallint = "int2",
  boolean = "bool", real = "float4", ["double precision"] = "float8", ["bit varying"] = "varbit",
  ["timestamp without time zone"] = "timestamp", ["timestamp with time zone"] = "timestamptz",
  ["time without time zone"] = "time", ["time with time zone"] = "timetz", decimal = "numeric",
  smallserial = "int2", serial = "int4", bigserial = "int8",
}

-- A type as format_type gives it, "timestamp(3) with time zone" → { name = "timestamptz", args = { 3 }, array }.
function type_change.of_text(text)
  local args = {}
  local name = text:gsub("%b()", function(list)
    for number in list:gmatch "%-?%d+" do args[#args + 1] = math.tointeger(number) end
    return ""
  end)
  local array = name:find "%[%]$" ~= nil
  name = name:gsub("%[%]$", ""):gsub("%s+$", ""):gsub("^.*%.citext$", "citext"):gsub("^public%.", "")
             :gsub("^interval .*", "interval of fields")
  return { name = catalog_names[name] or name, args = args, array = array }
end

-- The same of a TypeName of a parse tree.
function type_change.of_tree(of)
  local args = {}
  for i, typmod in ipairs(of.typmods or {}) do args[i] = math.tointeger(typmod.value) end
  local name = tree.type_name(of):gsub("^.*%.citext$", "citext"):gsub("^public%.", "")
  if name == "interval" and #args > 0 then
    if args[1] == 0x7FFF then table.remove(args, 1) else name = "interval of fields" end
  end
  if #args == 0 and (name == "bpchar" or name == "bit") then args[1] = 1 end
  return { name = catalog_names[name] or name, args = args, array = #(of.arrayBounds or {}) > 0 }
end

-- Pairs of types that have the same bytes, or whose cast has no function.
local same_bytes = {}
for pair in ([[varchar:text text:varchar text:citext citext:text varchar:citext citext:varchar cidr:inet xml:text xml:varchar
               bit:varbit int4:oid oid:int4 int4:regclass regclass:int4 oid:regclass regclass:oid oid:regtype regtype:oid
               oid:regproc regproc:oid oid:regrole regrole:oid oid:regnamespace regnamespace:oid]]):gmatch "%S+" do
  same_bytes[pair] = true
end

-- If the TimeZone of the session is UTC, values of these two types are stored in the same bytes.
local utc = { ["timestamp:timestamptz"] = true, ["timestamptz:timestamp"] = true }

local most = { timestamp = 6, timestamptz = 6, time = 6, timetz = 6, interval = 6 }
local limited = { varchar = true, varbit = true, timestamp = true, timestamptz = true, time = true, timetz = true, interval = true,
                  numeric = true }

-- Can the new type hold each value of the old one, which has the same kind of length?
local function is_wider(old, new)
  if #new.args == 0 then return true end
  if new.name == "numeric" then
    return old.name == "numeric" and #old.args > 0 and (old.args[2] or 0) == (new.args[2] or 0) and new.args[1] >= old.args[1]
  end
  local widest = most[new.name]
  if widest and new.args[1] >= widest then return true end
  return old.args[1] ~= nil and limited[old.name] and new.args[1] >= old.args[1] and (widest ~= nil) == (most[old.name] ~= nil)
end

local function is_same(old, new)
  return old.name == new.name and #old.args == #new.args and (old.args[1] == new.args[1]) and (old.args[2] == new.args[2])
end

-- Does the change write the table again?  false, true, or "timezone" for only if the session's TimeZone is not UTC.
function type_change.rewrites(old, new)
  if old.array ~= new.array then return true end
  if is_same(old, new) then return false end
  if old.array then return not (old.name == new.name and #new.args == 0) end
  if old.name ~= new.name then
    local pair = old.name .. ":" .. new.name
    if utc[pair] then return not is_wider(old, new) or "timezone" end
    if not same_bytes[pair] then return true end
    return #new.args > 0 and not (new.name == "varchar" and is_wider(old, new))
  end
  return not (limited[new.name] and is_wider(old, new))
end

-- Is the USING expression the column itself, alone or cast to the new type?
function type_change.is_plain(using, column, new)
  if not using then return true end
  if using.tag == "ColumnRef" then return using.fields[#using.fields] == column end
  return using.tag == "TypeCast" and is_same(type_change.of_tree(using.typeName), new)
         and type_change.of_tree(using.typeName).array == new.array and type_change.is_plain(using.arg, column, new)
end

-- New types for which the answer depends on the old one.
local depends = { varchar = true, text = true, citext = true, inet = true, numeric = true, varbit = true, timestamp = true,
                  timestamptz = true, time = true, timetz = true, interval = true, oid = true, regclass = true }

local function is_utc(ctx)
  local zone = ctx.settings.timezone or ctx.settings.TimeZone
  return zone ~= nil and tostring(zone):upper() == "UTC"
end

-- Pairs of types whose indexes differ, although the table stays as it is.
local other_index = { ["text:citext"] = true, ["citext:text"] = true, ["varchar:citext"] = true, ["citext:varchar"] = true,
                      ["timestamp:timestamptz"] = true, ["timestamptz:timestamp"] = true }

local function has(list, column)
  for _, each in ipairs(list) do
    if each == column then return true end
  end
  return false
end

-- What PostgreSQL reads again of a table that it does not rewrite; nil if nothing.
local function rescans(table, command, old, new)
  for name, check in tree.sorted(table.checks) do
    if check.valid and has(check.columns, command.name) then return ("checks the constraint %s again"):format(name) end
  end
  if not other_index[old.name .. ":" .. new.name] and not command.def.collClause then return nil end
  for name, index in tree.sorted(table.indexes) do
    if has(index.columns, command.name) or has(index.uses, command.name) then
      return ("builds the index %s again"):format(name)
    end
  end
end

local function refers(node, column)
  for ref in tree.nodes(node, "ColumnRef") do
    if ref.fields[#ref.fields] == column then return true end
  end
  return false
end

-- The same of what the checked migrations made.
local function rescans_made(made, command, old, new)
  for _, check in ipairs(made.checks) do
    if check.valid and refers(check.expression, command.name) then
      return ("checks %s again"):format(check.name and "the constraint " .. check.name or "a constraint")
    end
  end
  if not other_index[old.name .. ":" .. new.name] and not command.def.collClause then return nil end
  for _, index in ipairs(made.indexes) do
    if has(index.columns, command.name) or refers(index.definition.indexParams, command.name)
       or refers(index.where, command.name) then
      return ("builds the index %s again"):format(index.name)
    end
  end
end

-- The old type, and its text: what the checked migrations tell, which is newer, or the database.
local function old_type(made, table, name)
  local known = made and (made.columns[name] and made.columns[name].type or made.retyped[name])
  if known then return type_change.of_tree(known), tree.type_sql(known) end
  local column = table and table.columns[name]
  if column then return type_change.of_text(column.type), column.type end
end

-- What the change does to a table: "rewrites" or "scans", and for a message what it does, and why; nil if it changes the
-- catalog only.
function type_change.consequence(ctx, relation, command)
  local new = type_change.of_tree(command.def.typeName)
  local plain = type_change.is_plain(command.def.raw_default, command.name, new)
  local table, made = ctx:table(relation), ctx.tables:find(relation)
  local old, text = old_type(made, table, command.name)
  local does = "rewrites " .. relation.relname
  if not plain then return "rewrites", does, ", because of the expression in USING" end
  if not old then return "rewrites", does, depends[new.name] and ", unless the values of the old type stay as they are" end
  local rewrites = type_change.rewrites(old, new)
  if rewrites == "timezone" and not is_utc(ctx) then return "rewrites", does, ", unless TimeZone is UTC" end
  if rewrites == true then return "rewrites", does, ", because the old type is " .. text end
  local again = table and rescans(table, command, old, new) or made and rescans_made(made, command, old, new)
  if again then return "scans", again end
end

return type_change

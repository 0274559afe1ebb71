local pick = require "pick"
local names = require "names"
local types = require "types"

-- The uses of functions: { arguments, result, bodies }.
local forms = {
  value = { "", "%s", { "SELECT NULL::%s", "SELECT CAST(NULL AS %s)" } },
  predicate = { "x %s", "boolean", { "SELECT $1 IS NOT NULL", "SELECT true", "SELECT $1 IS NULL" } },
  map = { "x %s", "%s", { "SELECT $1", "SELECT CASE WHEN true THEN $1 END" } },
  convert = { "%s", "text", { "SELECT 'a'::text" } },
  compare = { "a %s, b %s", "boolean", { "SELECT $1 IS NOT NULL", "SELECT $2 IS NULL" } },
  step = { "a %s, b %s", "%s", { "SELECT $1", "SELECT $2" } },
  trigger = { "", "trigger", { "BEGIN RETURN NEW; END", "BEGIN RETURN OLD; END", "DECLARE n int; BEGIN RETURN NULL; END" } },
  event = { "", "event_trigger", { "BEGIN NULL; END", "BEGIN PERFORM 1; END" } },
  count = { "", "bigint", { "SELECT count(*) FROM %s", "SELECT max(1) FROM %s" } },
  rows = { "n integer DEFAULT 1", "SETOF %s", { "SELECT * FROM %s" } },
  row = { "r %s", "text", { "SELECT 'a'::text", "SELECT $1::text" } },
  table = { "n integer, VARIADIC x %s[] DEFAULT NULL", "TABLE(one %s, two integer)", { "SELECT NULL::%s, $1" } },
  out = { "INOUT x %s, OUT two text", "record", { "SELECT $1, 'a'::text", "SELECT $1, NULL::text" } },
  procedure = { "x %s", nil, { "SELECT 1", "SELECT 2" } },
}
local choices = { "value", "value", "predicate", "predicate", "map", "map", "convert", "compare", "step", "trigger", "trigger", "event", "count",
                  "rows", "row", "table", "out", "procedure" }
local over_relation = { count = true, rows = true, row = true }
local language = { trigger = "plpgsql", event = "plpgsql" }
local pure = { predicate = true, map = true, convert = true, compare = true, step = true }

local attributes = { " STRICT", " STABLE", " SECURITY DEFINER", " COST 7", " PARALLEL SAFE", " SET search_path TO pg_catalog", " LEAKPROOF",
                     " SET work_mem TO '8MB'" }

local function subject(o) return o.relation and names.of(o.relation) or o.type and types.sql(o.type) or "" end

local function fill(format, o) return (format:gsub("%%s", (subject(o):gsub("%%", "%%%%")))) end

-- The arguments as the statements that name a function have them.
local function arguments(o) return (fill(forms[o.form][1], o):gsub(" DEFAULT %w+", "")) end

local function body(o)
  local text = fill(forms[o.form][3][o.body], o)
  -- PostgreSQL prints $1 as the argument's name, which is then also that of the result, and is printed the next time.
  if o.atomic then text = text:gsub("%$1", forms[o.form][1]:match "^%l?"):gsub("%$2", "b") end
  -- If such a body uses the row of a table, the table cannot get a column that makes PostgreSQL rewrite it.
  if o.atomic and not language[o.form] and o.form ~= "row" then
    return o.form ~= "procedure" and ("BEGIN ATOMIC\n%s;\nEND"):format(text) or ("BEGIN ATOMIC %s; END"):format(text)
  end
  return "AS $body$" .. text .. "$body$"
end

local function is_procedure(o) return o.form == "procedure" end

local function change(o, world)
  local what = math.random(5)
  if what == 1 then o.body = math.random(#forms[o.form][3])
  elseif what == 2 then o.atomic = not o.atomic or nil
  elseif what == 4 and pick.chance(40) then o.extension = not o.extension and world:any "extension" or nil
  elseif what == 3 then o.type = o.type and types.any(world)
  elseif not is_procedure(o) then o.attributes = pick.some(attributes, 0, 2) end
end

return {
  kind = "function", weight = 10, acl = "FUNCTION", in_schema = true,
  phrase = function(o)
    return ("%s %s(%s)"):format(is_procedure(o) and "PROCEDURE" or "FUNCTION", names.of(o), arguments(o))
  end,
  granted_on = function(o)
    return ("ROUTINE %s(%s)"):format(names.of(o), arguments(o))
  end,
  make = function(world, form)
    local o = { name = world:name(), form = form or pick.one(choices), attributes = {} }
    if over_relation[o.form] then
      o.relation = world:any("table", "view", "materialized view", "partition", "foreign table")
      if not o.relation then return nil end
    elseif not language[o.form] then
      o.type = pick.chance(50) and types.any(world) or types.key(world)
    end
    local known = world:any("table", "partition")
    local column = known and pick.one(known.columns)
    if o.type and column and pick.chance(70) then o.type = column.type end
    o.body, o.atomic = math.random(#forms[o.form][3]), pick.maybe(25, true)
    o.rows = (o.form == "rows" or o.form == "table") and pick.maybe(30, true)
    o.own_language = language[o.form] and pick.maybe(30, world:any "language")
    if not is_procedure(o) then o.attributes = pick.chance(30) and pick.some(attributes, 1, 2) or {} end
    return o
  end,
  change = change,
  sql = function(o)
    local form = forms[o.form]
    local result = form[2] and " RETURNS " .. fill(form[2], o) or ""
    return { ("CREATE %s %s(%s)%s LANGUAGE %s%s%s %s"):format(is_procedure(o) and "PROCEDURE" or "FUNCTION", names.of(o), fill(form[1], o),
      result, language[o.form] and o.own_language and names.quote(o.own_language.name) or language[o.form] or "sql", pure[o.form] and " IMMUTABLE" or "", (o.rows and " ROWS 10" or "") .. table.concat(o.attributes), body(o)),
      o.extension and ("ALTER %s %s(%s) DEPENDS ON EXTENSION %s"):format(is_procedure(o) and "PROCEDURE" or "FUNCTION", names.of(o),
        arguments(o), names.quote(o.extension.name)) or nil }
  end,
}

-- types.lua: types of columns, arguments and attributes.
--
-- A type: { base = a built-in type's name, or a type that the schema has, array = boolean }.

local pick = require "pick"
local names = require "names"

local types = {}

local numbers = { values = { "0", "1", "-7", "42" }, conditions = { "? > 0", "? IN (1, 2, 3)", "? BETWEEN 1 AND 9", "? <> 7 OR ? IS NULL" },
                  maps = { "? + 1", "? * 2", "abs(?)", "coalesce(?, 0)", "CASE WHEN ? > 5 THEN ? ELSE 5 END" } }
local strings = { values = { "''", "'a'", "'it''s'", "E'a\\\\b\\n'", "'ä%'" },
                  conditions = { "length(?) > 2", "? IN ('a', 'b', 'c')", "? ~ '^[a-z]'", "? LIKE 'a\\_%'", "lower(?) = ?", "? <> ''" },
                  maps = { "lower(?)", "upper(?)", "coalesce(?, 'none')", "? || 'a'", "substr(?, 1, 3)" } }
local times = { values = { "'2024-02-29'", "'infinity'" }, conditions = { "? > '2020-01-01'", "? IS NOT NULL" }, maps = { "?", "coalesce(?, 'epoch')" } }
local function plainly(...) return { values = { ... }, conditions = { "? IS NOT NULL" }, maps = { "?" } } end

local built_in = {
  { "integer", numbers }, { "bigint", numbers }, { "smallint", numbers }, { "numeric(10,2)", numbers }, { "numeric", numbers },
  { "double precision", numbers }, { "text", strings }, { "character varying(20)", strings }, { "character varying", strings },
  { "character(4)", strings }, { "date", times }, { "timestamp with time zone", times }, { "timestamp(3) without time zone", times },
  { "boolean", { values = { "true", "false" }, conditions = { "?", "NOT ?", "? IS NOT TRUE" }, maps = { "NOT ?", "coalesce(?, false)" } } },
  { "uuid", plainly("'00000000-0000-0000-0000-000000000001'") }, { "bytea", plainly("'\\x00ff'", "''") },
  { "jsonb", { values = { "'{}'", "'[1, \"a\"]'" }, conditions = { "? @> '{\"a\": 1}'", "jsonb_typeof(?) = 'object'" }, maps = { "? -> 'a'", "?" } } },
  { "interval", plainly("'1 day 02:00'", "'1 mon'") }, { "inet", plainly("'10.0.0.1/8'") }, { "int4range", plainly("'[1,5)'", "'empty'") },
  { "point", plainly("'(1,2)'") }, { "bit varying(8)", plainly("B'101'") }, { "time with time zone", plainly("'12:00+02'") },
  { "name", strings }, { '"char"', plainly("'a'") }, { "tsvector", plainly("'a b'") }, { "money", plainly("'1.00'") }, { "xml", plainly() },
}
local by_name = {}
for _, entry in ipairs(built_in) do by_name[entry[1]] = entry[2] end
by_name["numeric(12,3)"] = numbers
for _, name in ipairs { "character varying(40)", "character varying(5)", "character(9)" } do by_name[name] = strings end

local arrays = { conditions = { "cardinality(?) > 1", "? IS NOT NULL" }, maps = { "?", "array_cat(?, ?)" } }

-- Any type that a column can have.
function types.any(world)
  local own = world:all { "enum", "domain", "composite", "range", "base type" }
  local base = #own > 0 and pick.chance(25) and pick.one(own) or pick.one(built_in)[1]
  return { base = base, array = pick.chance(10) or nil }
end

-- A type that has all operators that a key needs.
function types.key(world)
  local enums = world:all { "enum" }
  if #enums > 0 and pick.chance(10) then return { base = pick.one(enums) } end
  return { base = pick.one { "integer", "bigint", "text", "uuid", "smallint", "character varying(20)", "date" } }
end

function types.sql(t)
  return (type(t.base) == "table" and names.of(t.base) or t.base) .. (t.array and "[]" or "")
end

-- The built-in type below domains, or the object that the schema has.
local function below(t)
  local base = t.base
  while type(base) == "table" and base.kind == "domain" and not t.array do t, base = base.type, base.type.base end
  return base, t.array
end

function types.same(a, b) return a.base == b.base and a.array == b.array end

function types.is_string(t) return by_name[below(t)] == strings and not t.array end
function types.is_number(t) return by_name[below(t)] == numbers and not t.array end

local function knowledge(t)
  local base, array = below(t)
  if array then return arrays end
  if type(base) == "string" then return by_name[base] end
  if base.kind == "enum" then
    local last, first = names.literal(base.values[#base.values]), names.literal(base.values[1])
    return { values = { last, first }, conditions = { "? <> " .. last, ("? IN (%s, %s)"):format(first, last), "? < " .. last },
             maps = { "?", ("coalesce(?, %s)"):format(first) } }
  end
  return plainly()
end

-- A value as SQL; a value that only its type can read gets a cast.
function types.value(t)
  local base, array = below(t)
  if array then return ("'{}'::%s"):format(types.sql(t)) end
  local value = pick.one(knowledge(t).values) or "NULL"
  return type(base) == "table" and value ~= "NULL" and ("%s::%s"):format(value, types.sql(t)) or value
end

-- A condition, and a value of the same type, in which ? stands for a value of this type.
function types.condition(t) return pick.chance(15) and "? IS NOT NULL" or pick.one(knowledge(t).conditions) end
function types.map(t) return pick.one(knowledge(t).maps) end

return types

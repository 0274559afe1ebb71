-- columns.lua: the columns of tables and foreign tables.
--
-- A column: { name, type, not_null, default, identity, generated, collation, storage, compression, statistics, options,
-- comment }.

local pick = require "pick"
local names = require "names"
local types = require "types"
local expressions = require "expressions"

local columns = {}

-- All columns of a relation, also those that it inherits, and those of its type.
function columns.of(relation)
  if relation.of then return relation.of.attributes end
  local list, seen = {}, {}
  for _, parent in ipairs(relation.inherits or {}) do
    for _, column in ipairs(columns.of(parent)) do
      if not seen[column.name] then list[#list + 1] = column end
      seen[column.name] = true
    end
  end
  for _, column in ipairs(relation.parent and columns.of(relation.parent) or relation.columns) do
    if not seen[column.name] then list[#list + 1] = column end
    seen[column.name] = true
  end
  return list
end

-- A default: { value = SQL }, { call = a function }, { sequence }
local function default(world, t)
  local calls = {}
  for _, f in ipairs(world:all { "function" }) do
    if f.form == "value" and types.same(f.type, t) then calls[#calls + 1] = f end
  end
  if #calls > 0 and pick.chance(70) then return { call = pick.one(calls) } end
  if types.is_number(t) and pick.chance(30) then return { sequence = world:any "sequence" } end
  return { value = types.value(t) }
end

local function default_sql(d)
  if d.call then return names.of(d.call) .. "()" end
  if d.sequence then return ("nextval(%s)"):format(names.literal(names.of(d.sequence))) end
  return d.value
end

local identity_options = { "", "", " (START WITH 10 INCREMENT BY 5)", " (CACHE 3 CYCLE)", " (INCREMENT BY -1 MAXVALUE -1 MINVALUE -99)" }

-- The properties of a column beside its type; `others`: the columns that its expression can use.
local aspects = {
  function(c) c.not_null = not c.not_null or nil end,
  function(c) c.not_null = not c.not_null or nil end,
  function(c, world) c.default, c.generated, c.identity = not c.default and default(world, c.type) or nil, nil, nil end,
  function(c, world) c.default, c.generated, c.identity = default(world, c.type), nil, nil end,
  function(c, world, others, relation)
    if relation.kind == "foreign table" then return end
    c.generated = not c.generated and #others > 0 and { column = pick.one(others) } or nil
    c.default, c.identity = nil, nil
    if c.generated then
      c.generated = expressions.value(world, { c.generated.column })
      c.type = c.generated.column.type
      c.not_null = nil
    end
  end,
  function(c)
    if type(c.type.base) ~= "string" or not c.type.base:find "int" or c.type.array or c.type.base:find "range" then return end
    c.identity = pick.maybe(70, pick.one { "ALWAYS", "BY DEFAULT" })
    c.identity_options = pick.one(identity_options)
    c.default, c.generated = nil, nil
  end,
  function(c, world)
    local own = pick.maybe(40, world:any "collation")
    c.collation = types.is_string(c.type) and pick.maybe(70, own or { name = pick.one { "C", "POSIX" }, schema = { name = "pg_catalog" } }) or nil
  end,
  function(c) c.storage = not c.storage and types.is_string(c.type) and pick.one { "EXTERNAL", "MAIN", "EXTENDED" } or nil end,
  function(c) c.compression = not c.compression and types.is_string(c.type) and "pglz" or nil end,
  function(c) c.statistics = not c.statistics and pick.one { 0, 50, 1000 } or nil end,
  function(c) c.options = not c.options and pick.one { "n_distinct = -0.5", "n_distinct_inherited = 5" } or nil end,
  function(c) c.comment = not c.comment and "of a column" or nil end,
  function(c) c.grant = not c.grant and pick.one { "SELECT", "UPDATE", "INSERT", "REFERENCES", "ALL" } or nil end,
}

local function others(relation, column)
  local list = {}
  for _, each in ipairs(columns.of(relation)) do
    if each ~= column and not each.generated then list[#list + 1] = each end
  end
  return list
end

local function add(world, relation)
  relation.made = (relation.made or 0) + 1
  local column = { name = names.column(relation.made), type = types.any(world) }
  table.insert(relation.columns, column)
  for _ = 1, math.random(0, 2) do pick.one(aspects)(column, world, others(relation, column), relation) end
  return column
end

function columns.make(world, relation, n)
  relation.columns = relation.columns or {}
  for _ = 1, n do add(world, relation) end
end

-- Types to which the values of a type can be converted.
local function change_type(world, column)
  if types.is_number(column.type) and pick.chance(60) then
    column.type = { base = pick.one { "bigint", "integer", "numeric(12,3)", "smallint" } }
  elseif types.is_string(column.type) and pick.chance(60) then
    column.type = { base = pick.one { "text", "character varying(40)", "character varying(5)", "character(9)" } }
  else
    column.type = types.any(world)
  end
  column.collation, column.storage, column.compression = nil, nil, nil
  if column.default and not column.default.sequence then column.default = default(world, column.type) end
  if column.identity and not types.is_number(column.type) then column.identity = nil end
end

-- Changes one column, adds one, or drops one.
function columns.change(world, relation)
  local what, column = math.random(10), pick.one(relation.columns)
  if not column or what <= 2 then return add(world, relation) end
  if what == 3 then
    for i, each in ipairs(relation.columns) do
      if each == column then table.remove(relation.columns, i) break end
    end
  elseif what <= 5 then change_type(world, column)
  else pick.one(aspects)(column, world, others(relation, column), relation) end
end

-- A column's line in CREATE TABLE.
function columns.line(c)
  local words = { names.quote(c.name), types.sql(c.type) }
  local function add_word(word, value) if value then words[#words + 1] = word:format(value) end end
  add_word("OPTIONS (%s)", c.foreign_options)
  add_word("COLLATE %s", c.collation and names.of(c.collation))
  if c.default then add_word("DEFAULT %s", default_sql(c.default)) end
  if c.generated then add_word("GENERATED ALWAYS AS (%s) STORED", expressions.sql(c.generated)) end
  if c.identity then add_word("GENERATED %s AS IDENTITY" .. c.identity_options, c.identity) end
  add_word("NOT NULL", c.not_null)
  return table.concat(words, " ")
end

-- Statements for properties of columns that CREATE TABLE cannot set.
function columns.later(list, relation)
  local name = names.of(relation)
  for _, c in ipairs(relation.columns) do
    local column = names.quote(c.name)
    local function add_statement(format, value)
      if value then list[#list + 1] = (format):format(name, column, value) end
    end
    add_statement("ALTER TABLE %s ALTER COLUMN %s SET STORAGE %s", c.storage)
    add_statement("ALTER TABLE %s ALTER COLUMN %s SET COMPRESSION %s", c.compression)
    add_statement("ALTER TABLE %s ALTER COLUMN %s SET STATISTICS %d", c.statistics)
    add_statement("ALTER TABLE %s ALTER COLUMN %s SET (%s)", c.options)
    add_statement("COMMENT ON COLUMN %s.%s IS '%s'", c.comment)
    if c.grant then list[#list + 1] = ("GRANT %s (%s) ON TABLE %s TO random_a"):format(c.grant, column, name) end
  end
end

return columns

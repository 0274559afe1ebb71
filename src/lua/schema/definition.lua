-- definition.lua: schema.lua, a schema in Lua, as SQL.
--
-- The file returns function(s). Strings are SQL, as in CREATE TABLE. The methods of `s` return lists of such strings
-- and of indexes. Foreign keys and indexes come after all tables, so that the order of the tables does not matter.

local core = ...
local text = core.require "schema.sql.text"

local Schema = {}

local function fail(message, ...)
  error({ message = message:format(...), hint = "See \"moonbird help schema\"." }, 3)
end

local function check_string(value, what, level)
  if type(value) ~= "string" or value == "" then
    error({ message = ("%s must be a string, not %s"):format(what, type(value)) }, level or 3)
  end
  return value
end

local function check_options(options, known, what)
  for key in pairs(options or {}) do
    if not known[key] then fail("%s has no option \"%s\"", what, tostring(key)) end
  end
  return options or {}
end

function Schema:__index(name)
  if Schema[name] then return Schema[name] end
  local names = {}
  for known in pairs(Schema) do
    if not known:find "^__" then names[#names + 1] = known end
  end
  local near = core.nearest(tostring(name), names)
  fail("s has no method \"%s\"%s", tostring(name), near and (": did you mean \"%s\"?"):format(near) or "")
end

-- A name as SQL: quoted if it needs quotes.
local function name_of(name)
  return name:find "^[%l_][%l%d_$]*$" and name or '"' .. name:gsub('"', '""') .. '"'
end

-- "schema.table" as SQL, and the last part alone.
local function qualified(name)
  local schema, last = name:match "^([^.]+)%.([^.]+)$"
  return schema and name_of(schema) .. "." .. name_of(last) or name_of(name), last or name
end

local function list_of(columns)
  return type(columns) == "table" and table.concat(columns, ", ") or columns
end

-- "lower(email)" → "lower_email", for the name of an index
local function words(columns) return (list_of(columns):gsub("[^%w]+", "_"):gsub("^_+", ""):gsub("_+$", "")) end

-- Parts of tables ------------------------------------------------------------

local index_options = { name = true, where = true, using = true, include = true, comment = true, nulls_not_distinct = true }

local function index(unique, columns, options)
  if type(columns) ~= "table" and type(columns) ~= "string" then fail "an index needs a list of columns" end
  return { index = true, unique = unique, columns = columns, options = check_options(options, index_options, "an index") }
end

-- An index of the table whose parts include it. columns: SQL, or a list of SQL.
function Schema:index(columns, options) return index(false, columns, options) end
function Schema:unique_index(columns, options) return index(true, columns, options) end

-- A primary key of random UUIDs.
function Schema:uuid_key(column)
  return { ("%s uuid DEFAULT gen_random_uuid() PRIMARY KEY"):format(name_of(column or "id")) }
end

-- A primary key that is an identity column.
function Schema:identity_key(column)
  return { ("%s bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"):format(name_of(column or "id")) }
end

function Schema:timestamps()
  return { "created_at timestamptz NOT NULL DEFAULT now()", "updated_at timestamptz NOT NULL DEFAULT now()" }
end

function Schema:soft_delete() return { "deleted_at timestamptz" } end

local reference_options = { type = true, key = true, not_null = true, on_delete = true, on_update = true, index = true,
                            deferrable = true }

-- A column that refers to a row of another table; it has an index unless index = false.
function Schema:references(column, other, options)
  check_string(column, "the column of references", 4)
  check_string(other, "the table of references", 4)
  options = check_options(options, reference_options, "references")
  local definition = ("%s %s%s"):format(name_of(column), options.type or "uuid", options.not_null and " NOT NULL" or "")
  local key = ("FOREIGN KEY (%s) REFERENCES %s (%s)%s%s%s"):format(name_of(column), (qualified(other)),
    name_of(options.key or "id"), options.on_delete and " ON DELETE " .. options.on_delete:upper() or "",
    options.on_update and " ON UPDATE " .. options.on_update:upper() or "",
    options.deferrable and " DEFERRABLE INITIALLY DEFERRED" or "")
  local parts = { definition, { foreign_key = key, column = column } }
  if options.index ~= false then
    parts[3] = index(false, type(options.index) == "table" and options.index or { name_of(column) })
    parts[3].column = column
  end
  return parts
end

function Schema:check(name, condition)
  return { ("CONSTRAINT %s CHECK (%s)"):format(name_of(check_string(name, "the name of a check")),
                                               check_string(condition, "the condition of a check")) }
end

-- Statements -----------------------------------------------------------------

function Schema:add(statement) self.statements[#self.statements + 1] = statement end

-- Any SQL, in its place among the tables.
function Schema:sql(sql) self:add((check_string(sql, "the SQL"):gsub(";%s*$", ""))) end

function Schema:enum(name, values)
  if type(values) ~= "table" then fail("the values of enum \"%s\" must be a list", tostring(name)) end
  local quoted = {}
  for i, value in ipairs(values) do quoted[i] = text.quote(value) end
  self:add(("CREATE TYPE %s AS ENUM (%s)"):format((qualified(name)), table.concat(quoted, ", ")))
end

local function add_index(schema, named, last, part)
  local options = part.options
  local name = options.name or ("%s_%s_%s"):format(last, words(part.column or part.columns), part.unique and "key" or "idx")
  schema.later[#schema.later + 1] = ("CREATE %sINDEX %s ON %s%s (%s)%s%s%s"):format(part.unique and "UNIQUE " or "",
    name_of(name), named, options.using and " USING " .. options.using or "", list_of(part.columns),
    options.include and (" INCLUDE (%s)"):format(list_of(options.include)) or "",
    options.nulls_not_distinct and " NULLS NOT DISTINCT" or "", options.where and " WHERE " .. options.where or "")
  if options.comment then
    local space = named:match "^(.*%.)" or ""
    schema.later[#schema.later + 1] = ("COMMENT ON INDEX %s%s IS %s"):format(space, name_of(name), text.quote(options.comment))
  end
end

-- Lines of CREATE TABLE. Statements that come after all tables are collected separately.
local function add_parts(schema, lines, parts, named, last)
  for _, part in ipairs(parts) do
    if type(part) == "string" then
      lines[#lines + 1] = part
    elseif type(part) ~= "table" then
      error({ message = ("table \"%s\": a part must be a string or what a method of s returns, not %s"):format(last, type(part)) }, 4)
    elseif part.index then
      add_index(schema, named, last, part)
    elseif part.foreign_key then
      table.insert(schema.keys, ("ALTER TABLE %s ADD CONSTRAINT %s %s"):format(named,
        name_of(last .. "_" .. part.column .. "_fkey"), part.foreign_key))
    else
      add_parts(schema, lines, part, named, last)
    end
  end
end

local table_keys = { comment = true, comments = true, suffix = true, renamed_from = true }

-- parts: SQL of columns and constraints, and what the methods above return.  Further keys: comment; comments, of
-- columns; suffix, SQL after the parentheses, such as PARTITION BY.
function Schema:table(name, parts)
  check_string(name, "the name of a table")
  if type(parts) ~= "table" then fail("the columns of table \"%s\" must be a list", name) end
  local named, last = qualified(name)
  local lines = {}
  for key in pairs(parts) do
    if type(key) ~= "number" and not table_keys[key] then fail("table \"%s\" has no key \"%s\"", name, tostring(key)) end
  end
  add_parts(self, lines, parts, named, last)
  local head = parts.renamed_from and ("-- renamed from %s\n"):format(parts.renamed_from) or ""
  self:add(("%sCREATE TABLE %s (\n    %s\n)%s"):format(head, named, table.concat(lines, ",\n    "),
                                                     parts.suffix and " " .. parts.suffix or ""))
  if parts.comment then self:add(("COMMENT ON TABLE %s IS %s"):format(named, text.quote(parts.comment))) end
  local names = {}
  for column in pairs(parts.comments or {}) do names[#names + 1] = column end
  table.sort(names)
  for _, column in ipairs(names) do
    self:add(("COMMENT ON COLUMN %s.%s IS %s"):format(named, name_of(column), text.quote(parts.comments[column])))
  end
end

-- `define`: what the file returned, function(s).  → the schema as SQL
return function(define, path)
  if type(define) ~= "function" then
    error({ message = ("the file must return a function of the schema, not %s"):format(type(define)), file = path,
            hint = "Write return function(s) ... end; see \"moonbird help schema\"." }, 0)
  end
  local schema = setmetatable({ statements = {}, keys = {}, later = {} }, Schema)
  define(schema)
  local all = {}
  for _, list in ipairs { schema.statements, schema.keys, schema.later } do
    for _, statement in ipairs(list) do all[#all + 1] = statement .. ";\n" end
  end
  return table.concat(all, "\n")
end

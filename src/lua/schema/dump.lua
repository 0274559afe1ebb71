-- dump.lua: a schema as text: SQL, plain tables, or an ER diagram.

local core = ...
local compare = core.require "schema.difference.compare"
local changes = core.require "schema.difference.changes"
local snapshot = core.require "schema.snapshot"
local new_workshop = core.require "schema.source"
local text = core.require "schema.sql.text"
local write = core.require "schema.write"

local forms = {}

-- SQL that makes the schema in a new database.
function forms.sql(found)
  return write.text(changes.statements(changes.between(snapshot.of_new_database(found), found)))
end

-- The steps of a change as calls of schema.lua.
local function add_calls(list, change)
  local kind, first = change.object.kind, 1
  local call = change.verb == "create" and not change.hosted and kind.lua and kind.lua(change.object, change.parts)
  if call then
    list[#list + 1] = "  " .. call .. "\n"
    first = 2
  end
  for i = first, #change.steps do list[#list + 1] = ("  s:sql %s\n"):format(text.lua(change.steps[i].sql)) end
end

-- The schema as a schema.lua.
function forms.lua(found)
  local list = {}
  for _, change in ipairs(changes.between(snapshot.of_new_database(found), found)) do add_calls(list, change) end
  return "return function(s)\n" .. table.concat(list, "\n") .. "end\n"
end

-- { kind, name, further fields } for each object, sorted by kind and name.
function forms.objects(found)
  local list = moonbird.json.array()
  for _, object in ipairs(found.list) do
    local definition = compare.definition(object)
    definition.kind, definition.name = object.kind.kind, object.name
    list[#list + 1] = definition
  end
  table.sort(list, function(a, b) return a.kind .. "\0" .. a.name < b.kind .. "\0" .. b.name end)
  return list
end

-- Mermaid takes letters, digits and _ in names and types.
local function word(text) return (text:gsub('"', ""):gsub("[^%w_]+", "_"):gsub("^public_", "")) end

local function columns_of(table_)
  local list = {}
  for _, part in ipairs(table_.parts or {}) do
    if part.kind.kind == "COLUMN" then list[#list + 1] = part end
  end
  table.sort(list, function(a, b) return a._position < b._position end)
  return list
end

local function keys_of(table_)
  local keys, references = {}, {}
  for _, part in ipairs(table_.parts or {}) do
    local what, columns = (part.definition or ""):match "^(%u+) KEY %((.-)%)"
    for column in (columns or ""):gmatch "[^,%s]+" do
      if what == "PRIMARY" then keys[column] = "PK" else keys[column] = keys[column] or "FK" end
    end
    if what == "FOREIGN" then
      references[#references + 1] = { to = part.definition:match "REFERENCES (.-)%(", columns = columns }
    end
  end
  return keys, references
end

-- An entity-relationship diagram in Mermaid's language.
function forms.mermaid(found)
  local lines, relations = { "erDiagram" }, {}
  for _, object in ipairs(found.list) do
    if object.kind.kind == "TABLE" then
      local keys, references = keys_of(object)
      lines[#lines + 1] = ("    %s {"):format(word(object.name))
      for _, column in ipairs(columns_of(object)) do
        local key = keys[column.column]
        lines[#lines + 1] = ("        %s %s%s"):format(word(column.type), word(column.column), key and " " .. key or "")
      end
      lines[#lines + 1] = "    }"
      for _, reference in ipairs(references) do
        relations[#relations + 1] = ('    %s }o--|| %s : "%s"'):format(word(object.name), word(reference.to),
                                                                         reference.columns:gsub('"', ""))
      end
    end
  end
  table.sort(relations)
  return table.concat(lines, "\n") .. "\n" .. table.concat(relations, "\n") .. (#relations > 0 and "\n" or "")
end

-- Notes about the tables that are not in the schema.
local function left_out(found)
  local list = {}
  for i, name in ipairs(found.histories) do
    list[i] = ("TABLE %s is left out, because it belongs to the history of another tool"):format(name)
  end
  return list
end

-- → { FORM = function() → the schema in this form; notes = a list }
return function(ctx)
  local found = new_workshop(ctx):read(ctx.db)
  local bound = { notes = left_out(found) }
  for name, form in pairs(forms) do bound[name] = function() return form(found) end end
  return bound
end

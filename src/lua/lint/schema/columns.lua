-- columns.lua: the columns whose types a statement decides.

local core = ...
local tree = core.require "lint.tree"

local columns = {}

local function collect(relation, definition, list, name)
  if not definition or not definition.typeName then return end
  list[#list + 1] = { name = name or definition.colname, type = definition.typeName, definition = definition,
                      relation = relation, is_array = definition.typeName.arrayBounds ~= nil,
                      type_name = tree.type_name(definition.typeName) }
end

local tags = {}

function tags.CreateStmt(top, list)
  for _, element in ipairs(top.tableElts or {}) do
    if element.tag == "ColumnDef" then collect(top.relation, element, list) end
  end
end

function tags.AlterTableStmt(top, list)
  for _, command in ipairs(top.cmds) do
    if command.subtype == "AT_AddColumn" then collect(top.relation, command.def, list)
    elseif command.subtype == "AT_AlterColumnType" then collect(top.relation, command.def, list, command.name) end
  end
end

-- The columns of tables that are not temporary: { name, type (a TypeName), type_name, is_array, definition, relation }.
-- `definition.colname` is nil for ALTER COLUMN … TYPE.
function columns.of(statement)
  local list, top = {}, statement.tree
  local of = top and tags[top.tag]
  if of and top.relation.relpersistence ~= "t" and top.relation.schemaname ~= "pg_temp" then of(top, list) end
  return list
end

return columns

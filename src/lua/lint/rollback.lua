-- rollback.lua: what a migration makes, which its rollback may drop.

local core = ...
local tree = core.require "lint.tree"

local tags = {}

function tags.CreateStmt(top, made) made[tree.name(top.relation)] = true end
function tags.CreateTableAsStmt(top, made) made[tree.name(top.into.rel)] = true end
function tags.CreateSchemaStmt(top, made) made["schema " .. (top.schemaname or "")] = true end

function tags.SelectStmt(top, made)
  if top.intoClause then made[tree.name(top.intoClause.rel)] = true end
end

function tags.AlterTableStmt(top, made)
  for _, command in ipairs(top.cmds) do
    if command.subtype == "AT_AddColumn" then made[("%s.%s"):format(tree.name(top.relation), command.def.colname)] = true end
  end
end

-- A table or column under its new name.
function tags.RenameStmt(top, made)
  if not top.relation then return end
  local relation = tree.name(top.relation)
  if top.renameType == "OBJECT_TABLE" and made[relation] then
    made[tree.name { top.relation.schemaname or "public", top.newname }] = true
  elseif top.renameType == "OBJECT_COLUMN" and made[("%s.%s"):format(relation, top.subname)] then
    made[("%s.%s"):format(relation, top.newname)] = true
  end
end

-- The tables, columns ("TABLE.COLUMN") and schemas ("schema NAME") that the statements make: name → true.
return function(statements)
  local made = {}
  for _, statement in ipairs(statements) do
    local top = statement.tree
    if top and tags[top.tag] then tags[top.tag](top, made) end
    statement.tree = nil
  end
  return made
end

-- changed_rows.lua: which rows UPDATE and DELETE change, as far as a parse tree shows it.

local core = ...
local effects = core.require "lint.effects"
local locks = core.require "facts.lock_modes"
local tree = core.require "lint.tree"

local changed_rows = {}

local words = { UpdateStmt = "UPDATE", DeleteStmt = "DELETE" }

-- "UPDATE" or "DELETE", if the statement is one; or nil.
function changed_rows.word(top) return words[top.tag] end

local function is_constant(node)
  while node.tag == "TypeCast" do node = node.arg end
  return node.tag == "A_Const" or node.tag == "ParamRef"
end

local function compares(node)
  if node.tag == "BoolExpr" and node.boolop == "AND_EXPR" then
    for _, part in ipairs(node.args) do
      if compares(part) then return true end
    end
  end
  if node.tag == "CurrentOfExpr" then return true end
  if node.tag ~= "A_Expr" or node.name[#node.name] ~= "=" then return false end
  if node.kind == "AEXPR_IN" then return node.lexpr.tag == "ColumnRef" end
  return (node.kind == "AEXPR_OP" or node.kind == "AEXPR_OP_ANY") and (node.lexpr.tag == "ColumnRef" and is_constant(node.rexpr)
         or node.rexpr.tag == "ColumnRef" and is_constant(node.lexpr))
end

-- Does the condition compare a column with a constant, so that it is probably about few rows?
function changed_rows.is_selective(top) return top.whereClause ~= nil and compares(top.whereClause) end

-- Does ALTER TABLE with this statement keep a lock on the relation that blocks other sessions?
local function blocks(statement, relation, version)
  for _, effect in ipairs(effects.of(statement, version)) do
    if effect.relation == relation and locks.blocks(effect.fact.lock) then return true end
  end
  return false
end

-- Is the table that the statement changes locked by an ALTER TABLE that the transaction ran before?
function changed_rows.is_altered(ctx, top)
  for _, statement in ctx:earlier "AlterTableStmt" do
    if blocks(statement, tree.name(top.relation), ctx.version) then return true end
  end
  return false
end

local function add_new_columns(columns, ctx, statement, relation)
  for command in ctx:alter_table(statement) do
    if command.subtype == "AT_AddColumn" and tree.name(statement.tree.relation) == relation then
      columns[command.def.colname] = command.def
    end
  end
end

-- The columns that this migration has added to the relation, up to this statement: name → ColumnDef.
function changed_rows.new_columns(ctx, relation)
  local columns = {}
  for _, statement in ctx:before "AlterTableStmt" do add_new_columns(columns, ctx, statement, relation) end
  add_new_columns(columns, ctx, ctx.statement, relation)
  return columns
end

-- Does the UPDATE set nothing but columns that this migration added?
function changed_rows.fills_new_columns(ctx, top)
  if top.tag ~= "UpdateStmt" then return false end
  local columns = changed_rows.new_columns(ctx, tree.name(top.relation))
  for _, target in ipairs(top.targetList) do
    if not columns[target.name] then return false end
  end
  return true
end

return changed_rows

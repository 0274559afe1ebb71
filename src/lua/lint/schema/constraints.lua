-- constraints.lua: constraints that the migrations added before, and what they prove.

local core = ...
local catalog = core.require "lint.catalog"
local tree = core.require "lint.tree"

local constraints = {}

-- The constraint of this name that an earlier statement of the same transaction added with NOT VALID; or nil.
function constraints.added(ctx, relation, name)
  for _, statement in ctx:earlier "AlterTableStmt" do
    for command in ctx:alter_table(statement) do
      local constraint = command.subtype == "AT_AddConstraint" and command.def
      if constraint and constraint.skip_validation and constraint.conname == name
         and tree.name(statement.tree.relation) == tree.name(relation) then
        return constraint
      end
    end
  end
end

-- Does the expression prove that the column is not null: a IS NOT NULL, alone or joined by AND?
local function proves(expression, column)
  if expression.tag == "BoolExpr" and expression.boolop == "AND_EXPR" then
    for _, part in ipairs(expression.args) do
      if proves(part, column) then return true end
    end
  end
  return expression.tag == "NullTest" and expression.nulltesttype == "IS_NOT_NULL" and expression.arg.tag == "ColumnRef"
         and expression.arg.fields[#expression.arg.fields] == column
end

-- The CHECK constraints of a relation that are valid before this statement: those of the migrations and of the database.
function constraints.valid_checks(ctx, relation)
  local list, made, known = {}, ctx.tables:find(relation), ctx:table(relation)
  for _, check in ipairs(made and made.checks or {}) do
    if check.valid then list[#list + 1] = check.expression end
  end
  for name, check in tree.sorted(known and known.checks or {}) do
    if check.valid or made and made.validated[name] then list[#list + 1] = catalog.expression(check) end
  end
  return list
end

-- Does a later statement of the migration drop the constraint?
local function drops_later(ctx, relation, name)
  for i = ctx.index + 1, #ctx.statements do
    local top = ctx.statements[i].tree
    local cmds = top and top.tag == "AlterTableStmt" and tree.name(top.relation) == tree.name(relation) and top.cmds or {}
    for _, command in ipairs(cmds) do
      if command.subtype == "AT_DropConstraint" and command.name == name then return true end
    end
  end
  return false
end

-- Was a constraint validated that neither the migrations nor a database tell, but whose name and use are those of a CHECK that
-- the column is not null?
local function proves_by_name(ctx, relation, column, made)
  local seen = {}
  for _, check in ipairs(made.checks) do seen[check.name or 1] = true end
  for name in pairs(made.validated) do
    if not seen[name] and name:find(column, 1, true) and (name:find "null" or drops_later(ctx, relation, name)) then return true end
  end
  return false
end

-- Is the column NOT NULL, or do constraints prove it, so that SET NOT NULL reads no row?
function constraints.is_not_null(ctx, relation, column)
  local known, made = ctx:table(relation), ctx.tables:find(relation)
  if made and made.not_null[column] then return true end
  if known and known.columns[column] and known.columns[column].not_null then return true end
  for _, check in ipairs(constraints.valid_checks(ctx, relation)) do
    if proves(check, column) then return true end
  end
  return not known and made ~= nil and proves_by_name(ctx, relation, column, made)
end

return constraints

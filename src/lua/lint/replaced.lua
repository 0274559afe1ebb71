-- replaced.lua: views, functions and procedures that a migration drops and creates.

local core = ...
local find = core.require "lint.find"
local tree = core.require "lint.tree"

local replaced = {}

local views = { OBJECT_VIEW = "view", OBJECT_MATVIEW = "materialized view" }
local routines = { OBJECT_FUNCTION = "function", OBJECT_PROCEDURE = "procedure", OBJECT_ROUTINE = "function" }

-- A type as it is compared: its name, and whether it is an array.
local function type_word(of) return tree.type_name(of) .. (of.arrayBounds and "[]" or "") end

local function signature(types)
  local words = {}
  for i, of in ipairs(types) do words[i] = type_word(of) end
  return table.concat(words, ", ")
end

-- The objects that DROP names: { kind, name, at, signature (of a function whose arguments are given) }.
function replaced.dropped(top)
  local list = {}
  if top.tag ~= "DropStmt" then return list end
  for _, object in ipairs(top.objects) do
    if views[top.removeType] then
      list[#list + 1] = { kind = views[top.removeType], name = tree.name(object) }
    elseif routines[top.removeType] then
      list[#list + 1] = { kind = routines[top.removeType], name = tree.name(object.objname),
                          signature = not object.args_unspecified and signature(object.objargs or {}) or nil }
    end
  end
  return list
end

local inputs = { FUNC_PARAM_DEFAULT = true, FUNC_PARAM_IN = true, FUNC_PARAM_INOUT = true, FUNC_PARAM_VARIADIC = true }

-- What the statement creates, in the same form; or nil.
function replaced.created(top)
  if top.tag == "ViewStmt" then return { kind = "view", name = tree.name(top.view) } end
  if top.tag == "CreateTableAsStmt" and top.objtype == "OBJECT_MATVIEW" then
    return { kind = "materialized view", name = tree.name(top.into.rel) }
  end
  if top.tag ~= "CreateFunctionStmt" then return nil end
  local types = {}
  for _, parameter in ipairs(top.parameters or {}) do
    if inputs[parameter.mode] then types[#types + 1] = parameter.argType end
  end
  return { kind = top.is_procedure and "procedure" or "function", name = tree.name(top.funcname), signature = signature(types) }
end

local function created_names(statement)
  local made = replaced.created(statement.tree)
  return { made and made.name }
end

-- What the migration creates in the place of a dropped object, after statement `index`; or nil.
function replaced.by(ctx, object, index)
  for _, statement in find.after(ctx.statements, created_names, object.name, index) do
    local made = replaced.created(statement.tree)
    if (made.kind == object.kind or not object.signature == not made.signature) then
      return made
    end
  end
end

-- Did the migration create the object before statement `index`?
function replaced.is_new(ctx, object, index)
  return find.before(ctx.statements, created_names, object.name, index) ~= nil
end

return replaced

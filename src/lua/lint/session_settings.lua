-- session_settings.lua: which settings statements leave changed in their session.

local core = ...
local tree = core.require "lint.tree"

local settings = {}

local function text(node) return node and node.tag == "A_Const" and tostring(node.value) or nil end

-- The names that calls of set_config with is_local = false set.
local function configured(top)
  local names = {}
  for call in tree.nodes(top, "FuncCall") do
    local args = call.args or {}
    local is_local = args[3] and (args[3].arg and text(args[3].arg) or text(args[3]))
    if call.funcname[#call.funcname] == "set_config" and (is_local == "false" or is_local == "f") then
      names[#names + 1] = text(args[1])
    end
  end
  return names
end

-- The settings that are still changed after the statements, in their order: { name, statement = that which set it }.
function settings.left(statements)
  local by, list = {}, {}
  for _, statement in ipairs(statements) do
    local top = statement.tree
    if top and top.tag == "VariableSetStmt" then
      if top.kind == "VAR_SET_VALUE" and not top.is_local then by[top.name] = statement end
      if top.kind == "VAR_RESET" or top.kind == "VAR_SET_DEFAULT" and not top.is_local then by[top.name] = nil end
      if top.kind == "VAR_RESET_ALL" then by = { role = by.role, session_authorization = by.session_authorization } end
    elseif top and top.tag == "DiscardStmt" then by = {}
    elseif top and top.tag == "SelectStmt" then
      for _, name in ipairs(configured(top)) do by[name] = statement end
    end
  end
  for name, statement in pairs(by) do list[#list + 1] = { name = name, statement = statement } end
  table.sort(list, function(a, b)
    if a.statement.line ~= b.statement.line then return a.statement.line < b.statement.line end
    return a.name < b.name
  end)
  return list
end

return settings

-- describe_commands.lua: commands as plain tables, for help, completion and --json.

local core = ...
local options = core.require "options"

local describe = {}

-- The help of an option or argument, with its values if nothing else shows them, and its default.
local function help_of(spec, describes)
  local values, default = core.describe_parameter(spec)
  local notes = {}
  if describes then notes[1] = spec.list and "a list with commas, each item " .. values or values end
  if default ~= nil and default ~= false then
    notes[#notes + 1] = "default: " .. (type(default) == "table" and table.concat(default, ",") or tostring(default))
  end
  local help = spec.help or ""
  if #notes == 0 then return help end
  return help .. (help == "" and "" or " ") .. "(" .. table.concat(notes, "; ") .. ")"
end

local function is_typed(spec)
  return spec.number or spec.integer or spec.choice or spec.date or spec.list or false
end

-- { names = { "-n" }, arg = "N", choices, environment, suggests, help } for each, in the order of their keys.
function describe.options(specs)
  local list = moonbird.json.array()
  local shown = {} -- a hidden option is not for people
  for _, key in ipairs(options.keys(specs)) do shown[#shown + 1] = not specs[key].hidden and key or nil end
  for _, key in ipairs(shown) do
    local spec, names = specs[key], {}
    if spec.short then names[1] = "-" .. spec.short end
    if #key > 1 or not spec.short then names[#names + 1] = options.long_name(key) end
    list[#list + 1] = {
      names = names, arg = options.value_label(spec), choices = spec.choice, environment = spec.environment,
      suggests = spec.suggests, file = spec.file, parameters = spec.pairs,
      help = help_of(spec, is_typed(spec) and not spec.arg),
    }
  end
  return list
end

local function arguments(args)
  local list = moonbird.json.array()
  for i, arg in ipairs(args) do
    list[i] = {
      name = options.label(arg), help = help_of(arg, is_typed(arg)), required = arg.required or false,
      many = arg.many or false, choices = arg.choice, migration = arg.migration, file = arg.file, topic = arg.topic,
    }
  end
  return list
end

function describe.command(command)
  return {
    name = command.name, summary = command.summary or "", chapter = command.chapter, usage = options.usage(command),
    args = arguments(command.args or {}), options = describe.options(command.options or {}),
  }
end

return describe

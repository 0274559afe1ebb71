-- describe.lua: commands as plain tables, for help, completion and --json.

local core = ...
local options = core.require "options"

local describe = {}

-- { names = { "-n" }, arg = "N", choices, environment, help } for each, in the order of their keys.
function describe.options(specs)
  local list = moonbird.json.array()
  for _, key in ipairs(options.keys(specs)) do
    local spec, names = specs[key], {}
    if spec.short then names[1] = "-" .. spec.short end
    if #key > 1 or not spec.short then names[#names + 1] = options.long_name(key) end
    list[#list + 1] = {
      names = names, arg = spec.arg, choices = spec.choices, environment = spec.environment, help = spec.help or "",
    }
  end
  return list
end

local function arguments(args)
  local list = moonbird.json.array()
  for i, arg in ipairs(args) do
    list[i] = {
      name = options.label(arg), help = arg.help or "", required = arg.required or false,
      many = arg.many or false, choices = arg.choices, migration = arg.migration, file = arg.file, topic = arg.topic,
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

-- check_own_command.lua: checks a project's own command before it runs: a mistyped key would have no effect.

local core = ...
local options = core.require "options"
local refuse_unknown = core.require "unknown_key"

local function set(words)
  local t = {}
  for word in words:gmatch "%S+" do t[word] = true end
  return t
end

local command_keys = set "name summary chapter needs args options run"
local needs = set "config project db target server write anywhere"
local types = "string number integer flag choice date list min max default help "
local option_keys = set(types .. "arg pairs short file hidden suggests connection prose")
local argument_keys = set(types .. "name label required many migration file topic unlisted connection")

local function refuse(path, what, ...)
  core.fail("file", what:format(...), nil, path)
end

-- `within`: the key whose value the table is.
local function check_keys(t, known, what, path, within)
  if type(t) ~= "table" then refuse(path, "%s is a %s, not a table", what, type(t)) end
  refuse_unknown(t, known, what, path, within)
end

local function check_list(list, what, path)
  if list ~= nil and type(list) ~= "table" then refuse(path, "%s is a %s, not a table", what, type(list)) end
  return list or {}
end

-- Options and arguments are keys of one table, together with the options that all commands have.
local function take(taken, key, what, path)
  if taken[key] then refuse(path, "%s and %s are both called \"%s\"", taken[key], what, key) end
  taken[key] = what
end

local function global_options()
  local names, letters = {}, {}
  for key, spec in pairs(options.global) do
    local what = "an option that all commands have"
    names[key] = what
    if spec.short then letters[spec.short] = what end
  end
  return names, letters
end

return function(command, name, path)
  local names, letters = global_options()
  if type(command) ~= "table" or type(command.run) ~= "function" then
    refuse(path, "a command file must return a table with a function \"run\"")
  end
  if command.name ~= name then
    core.fail("file", ("the command's name is \"%s\""):format(command.name), "Give the command the name of its file.", path)
  end
  check_keys(command, command_keys, "the command", path)
  check_keys(command.needs or {}, needs, "needs", path, "needs")
  for key, spec in pairs(check_list(command.options, "options", path)) do
    local what = ("option \"%s\""):format(key)
    check_keys(spec, option_keys, what, path, tostring(key))
    core.check_parameter(spec, "option", tostring(key), path)
    take(names, key, what, path)
    if spec.short then take(letters, spec.short, what, path) end
  end
  local args = check_list(command.args, "args", path)
  for i, arg in ipairs(args) do
    check_keys(arg, argument_keys, ("argument %d"):format(i), path, "args")
    if type(arg.name) ~= "string" then refuse(path, "argument %d has no name", i) end
    core.check_parameter(arg, "argument", arg.name, path)
    take(names, arg.name, ("argument %d"):format(i), path)
    if arg.many and i < #args then refuse(path, "only the last argument can have \"many\", not \"%s\"", arg.name) end
  end
  return command
end

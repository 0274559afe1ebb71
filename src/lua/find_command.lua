-- find_command.lua: the commands by their names: those of moonbird, commands/*.lua, and the project's own,
-- scripts/commands/*.lua.

local core = ...
local options = core.require "options"

-- name -> is it one of the project's own?
local function command_names()
  local names = {}
  for _, name in ipairs(core.scripts "scripts/commands") do names[name] = true end
  for _, name in ipairs(core.built_in "commands") do names[name] = false end
  return names
end

local function load_command(name)
  local path = "scripts/commands/" .. name .. ".lua"
  local built_in = core.built_in_script("commands/" .. name .. ".lua")
  if not core.exists(path) then return built_in end
  if built_in then
    core.fail("file", ("\"%s\" is a built-in command"):format(name), "Give the file another name.", path)
  end
  local command = core.require "check_own_command"(core.script(path), name, path)
  command.own = true
  return command
end

-- A file of the project whose name cannot be typed as a command would never run.
local function check_name(name)
  if name:find "^%w[%w_-]*$" then return true end
  if not command_names()[name] then return false end
  core.fail("file", "the file's name cannot be the name of a command", "Use letters, digits, \"-\" and \"_\".",
            "scripts/commands/" .. name .. ".lua")
end

-- A word of another tool gets the hint for it, and another unknown word the nearest name.
local function refuse_unknown(name, what, names)
  local hint = core.require "other_words"[name]
  if hint then core.fail("usage", ("unknown %s \"%s\""):format(what, name), hint) end
  options.unknown(what, name, names, "See \"moonbird help\".")
end

-- `what` and `names` are for the error about an unknown name: its kind, and the names that exist.
local function find(name, what, names)
  options.refuse_connection(name)
  local command = check_name(name) and load_command(name)
    or refuse_unknown(name, what or "command", names or options.keys(command_names()))
  return options.complete(command)
end

return { names = command_names, find = find }

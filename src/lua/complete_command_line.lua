-- complete_command_line.lua: the possible completions of the last word of a command line.

local function names_of(options)
  local list = {}
  for _, option in ipairs(options) do table.move(option.names, 1, #option.names, #list + 1, list) end
  return list
end

local function find_option(options, name)
  for _, option in ipairs(options) do
    for _, each in ipairs(option.names) do
      if each == name then return option end
    end
  end
  return {}
end

local function find_command(commands, name)
  for _, command in ipairs(commands) do
    if command.name == name and not command.error then return command end
  end
  return { args = {}, options = {} }
end

-- The files of an argument's migrations.  "all": both folders; "planned": both, and a manual migration needs its
-- folder in front.
local function files_of(ctx, which)
  local list = {}
  for _, stream in ipairs { "auto", "manual" } do
    local prefix = which == "planned" and stream == "manual" and "manual/" or ""
    if which == stream or which == "all" or which == "planned" then
      for _, file in ipairs((ctx.project:files(stream))) do
        file.shown = prefix .. file.name
        list[#list + 1] = file
      end
    end
  end
  return list
end

local function migrations(ctx, which)
  local list = {}
  for i, file in ipairs(files_of(ctx, which)) do list[i] = file.shown end
  return list
end

local function names_in(...)
  local names = {}
  for _, list in ipairs { ... } do
    for _, each in ipairs(list) do names[#names + 1] = each.name end
  end
  return names
end

-- `dev`, which needs no configuration, and those of moonbird.lua.
local function environments(ctx)
  local names = { "dev" }
  for name in pairs(ctx.config.environments or {}) do
    if name ~= "dev" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local function argument_at(args, n)
  local last = args[#args]
  return args[n] or last and last.many and last or {}
end

-- Asks the shell for files with these endings: ":sql:lua". Without endings the list is empty: by default
-- the shell completes any file.
local function files(kinds) return type(kinds) == "table" and { ":" .. table.concat(kinds, ":") } or {} end

local function argument(ctx, arg)
  return arg.choices or arg.migration and migrations(ctx, arg.migration)
    or arg.topic and names_in(ctx:commands().commands, ctx:manual()) or files(arg.file)
end

-- Is the file named, by its name, number or prefix? If no name is given, every file is.
local function is_named(file, names)
  for _, name in ipairs(names) do
    local number = name:match "^0*(%d+)$"
    if file.shown:sub(1, #name) == name or number and number == file.number:match "^0*(%d+)$" then return true end
  end
  return #names == 0
end

-- The Lua files that a command line names: the script, or those of the migrations.
local function scripts_of(ctx, command, given)
  local paths, names = {}, {}
  for n, word in ipairs(given) do
    local arg = argument_at(command.args, n)
    if arg.file then paths[#paths + 1] = ctx.folder and not word:find "^/" and ctx.folder .. "/" .. word or word end
    if arg.migration then names[#names + 1] = word end
  end
  for _, arg in ipairs(command.args) do
    for _, file in ipairs(arg.migration and files_of(ctx, arg.migration) or {}) do
      if file.lua and is_named(file, names) then paths[#paths + 1] = file.path end
    end
  end
  return paths
end

-- KEY= for each parameter that --set can give, or KEY=VALUE after the "=". --set refuses secrets.
local function parameters(ctx, command, given, word)
  local key, list, known = word:match "^([%w_]+)=", {}, {}
  for _, path in ipairs(scripts_of(ctx, command, given)) do
    local ok, declared = pcall(ctx.project.parameters, ctx.project, path) -- a file that does not load has none
    for _, each in ipairs(ok and declared or {}) do
      local values = each.flag and { "true", "false" } or each.choices
      if not key and not each.secret and not known[each.name] then list[#list + 1] = each.name .. "=" end
      for _, value in ipairs(key == each.name and values or {}) do list[#list + 1] = key .. "=" .. value end
      known[each.name] = true
    end
  end
  table.sort(list)
  return list
end

local function rules(ctx)
  local list = {}
  for i, rule in ipairs(ctx:lint_rules()) do list[i] = rule.id end
  return list
end

local function value(ctx, option, command, given, word)
  if option.parameters then return parameters(ctx, command or { args = {} }, given, word) end
  if option.suggests == "rules" then return rules(ctx) end
  return option.choices or option.suggests or option.environment and environments(ctx) or files(option.file)
end

-- The words for "--OPTION=" and the beginning of a value; nil if there is no such option.
local function attached(ctx, options, command, given, word)
  local name, rest = word:match "^(%-%-[^=]+=)(.*)$"
  local option = name and find_option(options, name:sub(1, -2))
  if not option or not option.arg or option.file then return end
  local words = value(ctx, option, command, given, rest)
  for i, each in ipairs(words) do words[i] = name .. each end
  return words
end

-- The possible completions of the last word; none if it can be a file or any string.
return function(ctx, words)
  local all = ctx:commands()
  local options, command, given, valued = all.options, nil, {}, nil
  for i = 1, #words - 1 do
    local option = words[i]:find "^%-" and find_option(options, words[i])
    if valued then valued = nil
    elseif option then valued = option.arg and option
    elseif command then given[#given + 1] = words[i]
    else
      command = find_command(all.commands, words[i])
      options = table.move(all.options, 1, #all.options, #command.options + 1, command.options)
    end
  end
  local last = words[#words] or ""
  if valued then return value(ctx, valued, command, given, last) end
  if last:find "^%-" then return attached(ctx, options, command, given, last) or names_of(options) end
  if command then return argument(ctx, argument_at(command.args, #given + 1)) end
  return names_in(all.commands)
end

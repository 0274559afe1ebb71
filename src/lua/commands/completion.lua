-- The shells ask, at each TAB, `completion words -- WORDS`: what can stand in the last one's place.
-- So a project's own commands and its migrations are there, in the folder where one is.
--
-- The words are names of files, too, so no shell may expand them: compgen -W would, and bash inserts
-- a word as it is, so it is quoted first.  zsh and fish quote what they insert.

local scripts = {
  bash = [=[
# eval "$(moonbird completion bash)"
_moonbird() {
    local words word quoted
    read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
    [[ ${COMP_LINE:0:COMP_POINT} == *' ' ]] && words+=('')
    COMPREPLY=()
    while IFS= read -r word; do
        printf -v quoted %q "$word"
        [[ $word == "$2"* || $quoted == "$2"* ]] && COMPREPLY+=("$quoted")
    done < <("$1" completion words -- "${words[@]:1}" 2>/dev/null)
}
complete -o default -F _moonbird moonbird]=],

  zsh = [=[
#compdef moonbird
# eval "$(moonbird completion zsh)", or as _moonbird in a folder of $fpath
_moonbird() {
    local -a found=(${(f)"$($words[1] completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
    if (( $#found )); then compadd -a found; else _files; fi
}
if [[ $funcstack[1] == _moonbird ]]; then _moonbird; else compdef _moonbird moonbird; fi]=],

  fish = [=[
# moonbird completion fish | source
function __moonbird_words
    set -l words (commandline -opc) (commandline -ct)
    set -l found ($words[1] completion words -- $words[2..-1] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c moonbird -f -a '(__moonbird_words)']=],
}

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

-- "all": both folders; "planned": both, and a manual migration needs its folder in front.
local function migrations(ctx, which)
  local list = {}
  for _, stream in ipairs { "auto", "manual" } do
    if which == stream or which == "all" or which == "planned" then
      local prefix = which == "planned" and stream == "manual" and "manual/" or ""
      for _, file in ipairs((ctx.project:files(stream))) do list[#list + 1] = prefix .. file.name end
    end
  end
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

local function argument(ctx, args, n)
  local last = args[#args]
  local arg = args[n] or last and last.many and last or {}
  return arg.choices or arg.migration and migrations(ctx, arg.migration)
    or arg.topic and names_in(ctx:commands().commands, ctx:manual()) or {}
end

-- The words that can stand in the place of the last one; none where a file or anything else can.
local function candidates(ctx, words)
  local all = ctx:commands()
  local options, command, n, valued = all.options, nil, 1, nil
  for i = 1, #words - 1 do
    local option = words[i]:find "^%-" and find_option(options, words[i])
    if valued then valued = nil
    elseif option then valued = option.arg and option
    elseif command then n = n + 1
    else
      command = find_command(all.commands, words[i])
      options = table.move(all.options, 1, #all.options, #command.options + 1, command.options)
    end
  end
  if valued then return valued.choices or valued.environment and environments(ctx) or {} end
  if words[#words] and words[#words]:find "^%-" then return names_of(options) end
  if command then return argument(ctx, command.args, n) end
  return names_in(all.commands)
end

return {
  name    = "completion",
  summary = "print a script that completes commands, options and names in a shell",
  chapter = "commands",
  needs   = { project = true },
  args    = {
    { name = "shell", required = true, choice = { "bash", "zsh", "fish", "words" },
      help = "the shell; words is only for these scripts" },
    { name = "words", label = "word", many = true, help = "after words and --: the command line so far" },
  },

  run = function(ctx, opts)
    if opts.shell == "words" then
      local words = candidates(ctx, opts.words)
      if ctx.out:result { words = moonbird.json.array(words) } then return end
      for _, word in ipairs(words) do ctx.out:text(word) end
      return
    end
    local script = scripts[opts.shell]
    if not ctx.out:result { shell = opts.shell, script = script } then ctx.out:text(script) end
  end,
}

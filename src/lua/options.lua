-- options.lua: words of a command line, read against tables that declare them.
--
-- An option: { type, arg = "WHAT", default, short = its letter, help = its line in --help }. Its type is
-- declared as that of a migration's parameter: string (the default), number, integer, flag, choice = { ... }
-- or date, each also as a `list`, with `min` and `max`.  `pairs` (KEY=VALUE, repeated) is for --set.
-- `environment` (true), for completion: the value names an environment.  Keys have _ where the command line has -.
-- An argument: { name, label, type, default, required, many, help }, in their order; `label` is the
-- name under which help shows it, if that is another one.  For completion: `migration` ("auto", "manual" or "all"),
-- `topic` (true: a command or a chapter).  `file` (true, or a list of endings such as "sql"): the argument, or
-- the value of an option, is a path.  `connection` (true): it may be a connection string, which is refused elsewhere.
-- `prose` (true): it may have links, mail addresses or "password=" in it, as the name of a column is.

local core = ...

local options = {}

options.global = {
  database = { short = "d", arg = "URL", connection = true, help = "the database: a connection string of libpq, or embedded: for the project's own server" },
  env      = { short = "e", arg = "NAME", environment = true, help = "the environment: dev, or one in moonbird.lua" },
  dir      = { short = "C", arg = "DIR", help = "the project's folder; default: this folder, or the nearest project above it" },
  config   = { short = "c", arg = "FILE", file = { "lua" }, help = "the configuration file; default: moonbird.lua" },
  json     = { flag = true, help = "one JSON document on stdout, everything else on stderr" },
  events   = { arg = "FILE", file = true, help = "append events to this file, one JSON object a line; fd:N writes to descriptor N" },
  quiet    = { short = "q", flag = true, help = "print only warnings, errors and what the command is asked to show" },
  verbose  = { short = "v", flag = true, help = "print more: each statement that runs, and the rows that migrations select" },
  color    = { arg = "WHEN", choice = { "auto", "always", "never" }, help = "use colours: auto, always or never" },
  yes      = { short = "y", flag = true, help = "answer yes to every question" },
  wait     = { arg = "SECONDS", number = true, min = 0, help = "how long to wait while another moonbird holds the run lock; default: no limit" },
  no_wait  = { flag = true, help = "fail at once if another moonbird holds the run lock" },
  help     = { short = "h", flag = true, help = "show help" },
  version  = { flag = true, help = "show the version" },
}

-- An option of every command that changes a database (needs = { write = true }).
local outside_window = { arg = "REASON", prose = true, help = "run outside the environment's window for this reason, which is recorded" }

-- The command, with the options that its needs add.  `of` is the name of the command, for errors.
-- Their key `nonempty` refuses an empty value: each option of a built-in command has it.
function options.complete(command)
  if command.needs and command.needs.write then
    command.options = command.options or {}
    command.options.outside_window = outside_window
  end
  for _, spec in pairs(command.options or {}) do
    spec.of, spec.own, spec.nonempty = command.name, command.own, not command.own
  end
  return command
end

local function usage(fmt, ...)
  core.fail("usage", fmt:format(...))
end

function options.keys(t)
  local list = {}
  for key in pairs(t) do list[#list + 1] = key end
  table.sort(list)
  return list
end

function options.long_name(key)
  return "--" .. (key:gsub("_", "-"))
end

local function refuse_connection()
  core.fail("usage", "a connection string is not allowed here", "Give it with -d: moonbird -d URL COMMAND.")
end

-- Is this a whole connection string, and no link?
local function is_connection(text)
  text = text:lower()
  return text:find "^postgres%a*://" or text:find "://[^%s/]*@" or text:find "^%s*passw%w*%s*=%S*%s+%w+%s*="
    or text:find "%w%s*=.*%f[%w]passw%w*%s*="
end

-- Refuses a connection string in the wrong place, and does not show it: it may contain a password.
function options.refuse_connection(word)
  if word:find "://" or word:find ":.*@" or word:lower():find "passw.*=" then refuse_connection() end
end

-- Checks the text of an option or argument, before any error can show it.  A project's own command may take
-- connection strings; their passwords are not shown.
local function check_text(spec, own, text)
  if spec.pairs or spec.connection and not own then return end
  if own then
    if is_connection(text) then core.hide_connection(text) end
  elseif not spec.prose then
    options.refuse_connection(text)
  elseif is_connection(text) then
    refuse_connection()
  end
end

-- The same for a value that a script gives.
local function check_given(spec, own, value)
  for _, text in ipairs(type(value) == "table" and value or { value }) do
    if type(text) == "string" then check_text(spec, own, text) end
  end
end

-- ` "word"` if the word is clearly not part of a connection string; otherwise an empty string.
local function quoted(word, before)
  return word:find "^[%w_.,+-]+$" and #word < 64 and ("%s \"%s\""):format(before or "", word) or ""
end

-- Raises a usage error with the nearest of `words` as its hint, or else with `hint`.
local function fail_near(message, word, words, hint)
  local near = core.nearest(word, words)
  core.fail("usage", message, near and ("Did you mean \"%s\"?"):format(near) or hint)
end

function options.unknown(what, word, words, hint)
  local shown = what ~= "option" or word:find "^%-%w$" or word:find "^%-%-[%l_-]+$" -- no value is attached to it
  fail_near("unknown " .. what .. (shown and quoted(word) or ""), word, words, hint)
end

-- `command`: its name, or nil before it is read.
local function unknown_option(word, specs, command)
  local words = {}
  for i, key in ipairs(options.keys(specs)) do words[i] = options.long_name(key) end
  options.refuse_connection(word)
  options.unknown("option", word, words, ("See \"moonbird help%s\"."):format(command and " " .. command or ""))
end

-- Reads KEY=VALUE.  The value may be a secret, so no error shows it.
local function read_pair(text, shown, so_far)
  local key, value = text:match "^([%w_]+)=(.*)$"
  if not key then
    core.fail("usage", ("option %s needs KEY=VALUE"):format(shown),
      text:find "^[%w_]+$" and ("A flag has a value, too: %s KEY=true."):format(shown) or nil)
  end
  so_far = so_far or {}
  if rawget(so_far, key) and so_far[key] ~= value then
    core.fail("usage", ("option %s has two values for \"%s\""):format(shown, key), "A list is one value, with commas between its items.")
  end
  so_far[key] = value
  return so_far
end

-- A list collects the items of each use of its option.  For another type, the last value counts.
local function add_value(spec, before, value)
  if not spec.list or not before then return value end
  return table.move(value, 1, #value, #before + 1, before)
end

-- Names the option in an error about its value.
local function subject_of(shown, spec)
  return spec.of and ("option %s of \"%s\""):format(shown, spec.of) or "option " .. shown
end

-- An empty value usually comes from a shell variable that is not set.
local function refuse_empty(subject)
  core.fail("usage", subject .. " is empty", "Check that the variable that should contain the value is set.")
end

local function read_value(opts, key, spec, text, shown)
  if text == "" and spec.nonempty then refuse_empty(subject_of(shown, spec)) end
  check_text(spec, spec.own, text)
  if spec.pairs then
    opts[key] = read_pair(text, shown, opts[key])
  else
    opts[key] = add_value(spec, rawget(opts, key), core.read_parameter(spec, subject_of(shown, spec), text))
  end
end

function options.value_label(spec)
  if spec.flag then return nil end
  if spec.arg then return spec.arg end
  for _, kind in ipairs { "list", "choice", "integer", "number", "date" } do
    if spec[kind] then return kind:upper() end
  end
  return "STRING"
end

-- Reads the option at argv[i], to which its value may be attached.  Returns the index of the next word.
local function read_option(opts, argv, i, key, spec, shown, attached)
  if spec.flag and not attached then
    opts[key] = true
    return i + 1
  end
  local text = attached or argv[i + 1]
  if not text then usage("option %s needs a value: %s %s", shown, shown, options.value_label(spec)) end
  read_value(opts, key, spec, text, shown)
  return attached and i + 1 or i + 2
end

local function read_long(opts, argv, i, specs, command)
  local shown, equals, value = argv[i]:match "^(%-%-[^=]*)(=?)(.*)$"
  local key = shown:sub(3):gsub("-", "_")
  local spec = not shown:find "_" and rawget(specs, key) or unknown_option(shown, specs, command)
  return read_option(opts, argv, i, key, spec, shown, equals == "=" and value or nil)
end

local function key_of_letter(letter, specs, command)
  for key, spec in pairs(specs) do
    if spec.short == letter then return key end
  end
  unknown_option("-" .. letter, specs, command)
end

-- A word of short options: -y, -qy, -n 3, -n3.
local function read_short(opts, argv, i, specs, command)
  local word = argv[i]
  for at = 2, #word do
    local letter, rest = word:sub(at, at), word:sub(at + 1)
    local key = key_of_letter(letter, specs, command)
    if not specs[key].flag then
      if rest:find "^=" then usage("option -%s takes its value without \"=\": -%s %s", letter, letter, options.value_label(specs[key])) end
      return read_option(opts, argv, i, key, specs[key], "-" .. letter, rest ~= "" and rest or nil)
    end
    opts[key] = true
  end
  return i + 1
end

-- Reads the options in argv from i on into opts.  Other words go to `words`; if that is nil, the first such word
-- ends the reading.  Returns the index of the next word.  words.free is the number of words before a "--".  `command`: the
-- name of the command whose options these are, or nil.
function options.read(opts, argv, i, specs, words, command)
  local only_words = false
  while argv[i] do
    local word = argv[i]
    if not only_words and word == "--" then
      only_words, i = true, i + 1
      if words then words.free = #words end
    elseif not only_words and word:find "^%-%-" then
      i = read_long(opts, argv, i, specs, command)
    elseif not only_words and word:find "^%-." then
      i = read_short(opts, argv, i, specs, command)
    elseif words then
      words[#words + 1], i = word, i + 1
    else
      break
    end
  end
  return i
end

function options.label(arg)
  return (arg.label or arg.name):upper()
end

-- "moonbird manual ACTION [NAME...] [options]"
function options.usage(command)
  local parts = { "moonbird", command.name }
  for _, arg in ipairs(command.args or {}) do
    local shown = options.label(arg) .. (arg.many and "..." or "")
    parts[#parts + 1] = arg.required and shown or "[" .. shown .. "]"
  end
  if next(command.options or {}) then parts[#parts + 1] = "[options]" end
  return table.concat(parts, " ")
end

-- The argument that takes the word number `i`, or an empty table.
local function argument_at(command, i)
  local args = command.args or {}
  local last = args[#args]
  return args[i] or (last and last.many and last) or {}
end

-- Refuses empty words of a built-in command, and connection strings unless they follow a "--" for an argument that
-- takes them.
local function check_words(command, words)
  for i, word in ipairs(words) do
    local free = i > (words.free or #words)
    check_text(free and argument_at(command, i) or {}, command.own, word)
    if word == "" and not command.own and not free then
      refuse_empty(("argument %d of \"%s\""):format(i, command.name))
    end
  end
end

-- Sets the defaults of options and arguments that were not given.
local function add_defaults(command, opts)
  for key, spec in pairs(command.options or {}) do
    if opts[key] == nil and not spec.pairs then
      local _, default = core.describe_parameter(spec)
      opts[key] = default
    end
  end
  for _, arg in ipairs(command.args or {}) do
    if opts[arg.name] == nil then
      local _, default = core.describe_parameter(arg)
      opts[arg.name] = default
    end
  end
end

local function read_word(command, arg, word)
  if word == arg.unlisted then return word end
  return core.read_parameter(arg, ("argument %s of \"%s\""):format(options.label(arg), command.name), word)
end

-- Puts the words of a command line under the names that the command's `args` give them.
function options.bind(command, opts, words)
  local function wrong(what)
    core.fail("usage", what, "Usage: " .. options.usage(command))
  end
  check_words(command, words)
  local i = 1
  for _, arg in ipairs(command.args or {}) do
    if not words[i] and arg.required then wrong(options.label(arg) .. " is missing") end
    local list = {}
    for k = i, arg.many and #words or math.min(i, #words) do list[#list + 1] = read_word(command, arg, words[k]) end
    if arg.many then opts[arg.name] = list else opts[arg.name] = list[1] end
    i = arg.many and #words + 1 or i + 1
  end
  if words[i] then wrong("unexpected argument" .. quoted(words[i])) end
  add_defaults(command, opts)
end

local function given_option(command, key, spec, value)
  local subject = ("command \"%s\": \"%s\""):format(command.name, key)
  check_given(spec, spec.own, value)
  if not spec.pairs then return core.take_parameter(spec, subject, value) end
  if type(value) ~= "table" then usage("%s must be a table, not a %s", subject, type(value)) end
  return value
end

local function given_argument(command, arg, value)
  local subject = ("command \"%s\": \"%s\""):format(command.name, arg.name)
  if value == nil then
    if arg.required then
      core.fail("usage", subject .. " is missing", "Usage: " .. options.usage(command))
    end
    return arg.many and {} or nil
  end
  check_given(arg, command.own, value)
  if value == arg.unlisted then return value end
  if not arg.many then return core.take_parameter(arg, subject, value) end
  local words = {}
  for i, word in ipairs(type(value) == "table" and value or { value }) do
    words[i] = core.take_parameter(arg, subject, word)
  end
  return words
end

-- Raises an error about a key that is not in `known`. The key may be a label of the help: FILE, --dry-run.
local function refuse_unknown_keys(command, given, known)
  for key in pairs(given) do
    local name = tostring(key)
    local message = ("command \"%s\" has no option%s"):format(command.name, quoted(name))
    for _, arg in ipairs(command.args or {}) do
      if not known[key] and options.label(arg) == name:upper() then
        core.fail("usage", message, ("Did you mean \"%s\"?"):format(arg.name))
      end
    end
    if not known[key] then fail_near(message, name:gsub("^%-+", ""):gsub("-", "_"), options.keys(known), ("See \"moonbird help %s\"."):format(command.name)) end
  end
end

-- Reads the options and arguments that a script gives a command, by name, as from a command line.
function options.take(command, given)
  if given ~= nil and type(given) ~= "table" then
    usage("command \"%s\": its options must be a table, not a %s", command.name, type(given))
  end
  given = given or {}
  local opts, known = {}, {}
  for _, specs in ipairs { options.global, command.options or {} } do
    for key, spec in pairs(specs) do
      known[key] = true
      if given[key] ~= nil then opts[key] = given_option(command, key, spec, given[key]) end
    end
  end
  for _, arg in ipairs(command.args or {}) do known[arg.name] = true end
  refuse_unknown_keys(command, given, known)
  for _, arg in ipairs(command.args or {}) do opts[arg.name] = given_argument(command, arg, given[arg.name]) end
  add_defaults(command, opts)
  return opts
end

return options

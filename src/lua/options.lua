-- options.lua: words of a command line, read against tables that declare them.
--
-- An option: { flag = true } or { arg = "WHAT", ... } with one of `number`,
-- `count` (whole, above 0), `choices` (a list) or `pairs` (KEY=VALUE, repeated);
-- `short` is its letter, `help` its line in --help; `environment` (true), for completion, says that it
-- names one.  Keys have _ where the command line has -.
-- An argument: { name, label, required, many, choices, help }, in their order; `label` is how it
-- is shown where that is not its name.  For completion: `migration` ("auto", "manual" or "all"),
-- `file` (true), `topic` (true: what help can be asked about).

local core = ...

local options = {}

options.global = {
  database = { short = "d", arg = "URL", help = "the database: a connection string of libpq, or embedded:" },
  env      = { short = "e", arg = "NAME", environment = true, help = "the environment: dev, or one in moonbird.lua" },
  dir      = { short = "C", arg = "DIR", help = "the project's folder; default: this one" },
  config   = { short = "c", arg = "FILE", help = "the configuration file; default: moonbird.lua" },
  json     = { flag = true, help = "one JSON document on stdout, everything else on stderr" },
  events   = { arg = "FILE", file = true, help = "write what happens to this file, one JSON object a line; fd:N: to descriptor N" },
  quiet    = { short = "q", flag = true, help = "print errors only" },
  verbose  = { short = "v", flag = true, help = "print more, and the rows that migrations select" },
  color    = { arg = "WHEN", choices = { "auto", "always", "never" }, help = "use colours: auto, always or never" },
  yes      = { short = "y", flag = true, help = "answer yes to every question" },
  wait     = { arg = "SECONDS", number = true, help = "how long to wait while another moonbird holds the run lock; default: no limit" },
  no_wait  = { flag = true, help = "fail at once if another moonbird holds the run lock" },
  help     = { short = "h", flag = true, help = "show help" },
  version  = { flag = true, help = "show the version" },
}

-- An option of every command that changes a database (needs = { write = true }).
local outside_window = { arg = "REASON", help = "run outside the environment's window for this reason, which is recorded" }

-- The command, with the options that come with what it needs.
function options.complete(command)
  if command.needs and command.needs.write then
    command.options = command.options or {}
    command.options.outside_window = outside_window
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

-- A connection string in the wrong place may hold a password: it is refused, and never shown.
function options.refuse_connection(word)
  if word:find "://" or word:find ":.*@" or word:lower():find "passw.*=" then
    core.fail("usage", "a connection string does not belong here", "Give it with -d: moonbird -d URL COMMAND.")
  end
end

-- ` "word"`, where it is plainly no part of a connection string; else nothing.
local function quoted(word, before)
  return word:find "^[%w_.,+-]+$" and #word < 64 and ("%s \"%s\""):format(before or "", word) or ""
end

-- A usage error that names the nearest of `words`, or else says `hint`.
local function fail_near(message, word, words, hint)
  local near = core.nearest(word, words)
  core.fail("usage", message, near and ("Did you mean \"%s\"?"):format(near) or hint)
end

function options.unknown(what, word, words, hint)
  local shown = what ~= "option" or word:find "^%-%w$" or word:find "^%-%-[%l_-]+$" -- no value runs on from it
  fail_near("unknown " .. what .. (shown and quoted(word) or ""), word, words, hint)
end

local function unknown_option(word, specs)
  local words = {}
  for i, key in ipairs(options.keys(specs)) do words[i] = options.long_name(key) end
  options.refuse_connection(word)
  options.unknown("option", word, words, "See \"moonbird help\".")
end

local function includes(list, word)
  for _, item in ipairs(list) do
    if item == word then return true end
  end
  return false
end

-- One reader a kind of option: text, the option as it was written, its spec, its value so far.
local read = {}

function read.number(text, shown)
  local n = tonumber(text)
  return n and n >= 0 and n or usage("option %s needs a number%s", shown, quoted(text, ", not"))
end

function read.count(text, shown)
  local n = text:find "^%d+$" and math.tointeger(tonumber(text))
  return n and n > 0 and n or usage("option %s needs a whole number above 0%s", shown, quoted(text, ", not"))
end

function read.choices(text, shown, spec)
  if includes(spec.choices, text) then return text end
  usage("option %s must be one of %s%s", shown, table.concat(spec.choices, ", "), quoted(text, ", not"))
end

function read.pairs(text, shown, _, so_far)
  local key, value = text:match "^([%w_]+)=(.*)$"
  if not key then usage("option %s needs KEY=VALUE", shown) end -- what was given may be a secret
  so_far = so_far or {}
  so_far[key] = value
  return so_far
end

local function read_value(opts, key, spec, text, shown)
  if spec == options.global[key] and spec ~= options.global.database then options.refuse_connection(text) end
  for kind, reader in pairs(read) do
    if spec[kind] then
      opts[key] = reader(text, shown, spec, opts[key])
      return
    end
  end
  opts[key] = text
end

-- The option at argv[i], whose value may be attached to it; returns where to go on.
local function read_option(opts, argv, i, key, spec, shown, attached)
  if spec.flag then
    if attached then usage("option %s takes no value", shown) end
    opts[key] = true
    return i + 1
  end
  local text = attached or argv[i + 1]
  if not text then usage("option %s needs a value: %s %s", shown, shown, spec.arg) end
  read_value(opts, key, spec, text, shown)
  return attached and i + 1 or i + 2
end

local function read_long(opts, argv, i, specs)
  local shown, equals, value = argv[i]:match "^(%-%-[^=]*)(=?)(.*)$"
  local key = shown:sub(3):gsub("-", "_")
  local spec = not shown:find "_" and rawget(specs, key) or unknown_option(shown, specs)
  return read_option(opts, argv, i, key, spec, shown, equals == "=" and value or nil)
end

local function key_of_letter(letter, specs)
  for key, spec in pairs(specs) do
    if spec.short == letter then return key end
  end
  unknown_option("-" .. letter, specs)
end

-- A word of short options: -y, -qy, -n 3, -n3.
local function read_short(opts, argv, i, specs)
  local word = argv[i]
  for at = 2, #word do
    local letter, rest = word:sub(at, at), word:sub(at + 1)
    local key = key_of_letter(letter, specs)
    if not specs[key].flag then
      if rest:find "^=" then usage("option -%s takes its value without \"=\": -%s %s", letter, letter, specs[key].arg) end
      return read_option(opts, argv, i, key, specs[key], "-" .. letter, rest ~= "" and rest or nil)
    end
    opts[key] = true
  end
  return i + 1
end

-- Reads argv from i on into opts.  Other words go to `words`; where there is none the first one
-- ends it.  Returns where it ended.  words.free: how many of them stand before a "--".
function options.read(opts, argv, i, specs, words)
  local only_words = false
  while argv[i] do
    local word = argv[i]
    if not only_words and word == "--" then
      only_words, i = true, i + 1
      if words then words.free = #words end
    elseif not only_words and word:find "^%-%-" then
      i = read_long(opts, argv, i, specs)
    elseif not only_words and word:find "^%-." then
      i = read_short(opts, argv, i, specs)
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

-- No connection string among what a built-in command is given; a team's own may want one.
local function check_words(command, opts, words)
  if command.own then return end
  for i = 1, words.free or #words do options.refuse_connection(words[i]) end
  for key, spec in pairs(command.options or {}) do
    if spec.arg == "NAME" and opts[key] then options.refuse_connection(opts[key]) end
  end
end

-- Puts the words of a command line under the names that the command's `args` give them.
function options.bind(command, opts, words)
  local function wrong(what)
    core.fail("usage", what, "Usage: " .. options.usage(command))
  end
  check_words(command, opts, words)
  local i = 1
  for _, arg in ipairs(command.args or {}) do
    local word = words[i]
    if not word and arg.required then wrong(options.label(arg) .. " is missing") end
    if word and arg.choices and not includes(arg.choices, word) then
      options.unknown(arg.name, word, arg.choices, "Usage: " .. options.usage(command))
    end
    opts[arg.name] = arg.many and table.move(words, i, #words, 1, {}) or word
    i = arg.many and #words + 1 or i + 1
  end
  if words[i] then wrong("unexpected argument" .. quoted(words[i])) end
end

local function given_option(command, key, spec, value)
  local function must(ok, wanted)
    if not ok then usage("command \"%s\": \"%s\" must be %s, not a %s", command.name, key, wanted, type(value)) end
  end
  if spec.flag then
    must(type(value) == "boolean", "true or false")
  elseif spec.number or spec.count then
    must(math.type(value) == "integer" or spec.number and type(value) == "number", "a number")
  elseif spec.pairs then
    must(type(value) == "table", "a table")
  else
    must(type(value) == "string", "a string")
    if spec.choices then read.choices(value, key, spec) end
  end
  return value
end

local function given_argument(command, arg, value)
  if value == nil then
    if arg.required then
      core.fail("usage", ("command \"%s\": \"%s\" is missing"):format(command.name, arg.name),
                "Usage: " .. options.usage(command))
    end
    return arg.many and {} or nil
  end
  local words = arg.many and type(value) == "table" and value or { value }
  for _, word in ipairs(words) do
    if type(word) ~= "string" then
      usage("command \"%s\": \"%s\" must be a string%s", command.name, arg.name, arg.many and " or a list of strings" or "")
    end
    if arg.choices and not includes(arg.choices, word) then options.unknown(arg.name, word, arg.choices) end
  end
  return arg.many and words or value
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
  for _, arg in ipairs(command.args or {}) do
    known[arg.name] = true
    opts[arg.name] = given_argument(command, arg, given[arg.name])
  end
  for key in pairs(given) do
    if not known[key] then
      local name = tostring(key)
      fail_near(("command \"%s\" has no option%s"):format(command.name, quoted(name)), name, options.keys(known))
    end
  end
  return opts
end

return options

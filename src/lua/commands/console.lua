local HELP = [[
An input is Lua, SQL or one of the commands below.

  db:query "SELECT ..."     Lua; shows the value of an expression. See also moonbird help lua.
  SELECT ...;               SQL, up to its semicolon
  sql ...                   SQL on one line, whatever its first word
  .tables [PATTERN]         tables and views; also \dt
  .describe NAME            columns, indexes and constraints; also \d NAME
  .databases                the databases of the server; also \l
  .expanded [on|off]        one line for each column of a row; also \x
  .timing [on|off]          how long each input takes; also \timing
  .help                     this help; also \?
  .quit                     or Ctrl-D; also \q

%s
Ctrl-C cancels the input, or stops the running statement. TAB completes names. Input that begins
with a space, or contains something like a password, is not saved in the history.]]

local MODES = {
  [false] = "Each input runs in its own read-only transaction. To allow changes, use --write.",
  [true] = "Each input runs in its own transaction, which is committed if it succeeds.",
}

-- Commands with a dot -------------------------------------------------------

local words = {}

-- `*` and `?` stand for characters, as in psql.  A name without a schema matches in every schema.
local function matches(name, pattern)
  local wanted = pattern:lower():gsub("[^%w*?_]", "%%%0"):gsub("%*", ".*"):gsub("%?", ".")
  local plain = name:lower():gsub('"', "")
  return plain:find("^" .. wanted .. "$") or plain:find("%." .. wanted .. "$")
end

function words.tables(ctx, console, pattern)
  local rows, columns = console.catalog.tables(ctx.db)
  local list = {}
  for _, row in ipairs(rows) do
    if pattern == "" or matches(row.name, pattern) then list[#list + 1] = row end
  end
  console.show.rows(ctx.out, list, columns)
end

function words.describe(ctx, console, name)
  if name == "" then error("name a table: .describe NAME", 0) end
  local parts = console.catalog.describe(ctx.db, name)
  if not parts then error(("table \"%s\" does not exist"):format(name), 0) end
  for _, part in ipairs(parts) do
    ctx.out:text(part[1])
    console.show.rows(ctx.out, part[2], part[3])
  end
end

function words.databases(ctx, console) console.show.rows(ctx.out, console.catalog.databases(ctx.db)) end

-- Commands that need no database.
local settings = {}

function settings.help(ctx, console) ctx.out:text(HELP:format(MODES[console.write])) end

function settings.quit(_, console) console.done = true end

-- Sets or, without a value, toggles the mode; prints its new state.
local function switch(ctx, console, name, value)
  local now = not console[name]
  if value == "on" or value == "off" then
    now = value == "on"
  elseif value ~= "" then
    error(("write .%s on or .%s off"):format(name, name), 0)
  end
  console[name] = now
  ctx.out:line("%s is %s.", name:gsub("^%l", string.upper), now and "on" or "off")
  return now
end

function settings.expanded(ctx, console, value)
  console.show.expanded = switch(ctx, console, "expanded", value)
  console.input:expand(console.expanded)
end

function settings.timing(ctx, console, value) console.input:time(switch(ctx, console, "timing", value)) end

-- The names of psql.
local psql = { ["?"] = "help", q = "quit", x = "expanded", timing = "timing", d = "describe", dt = "tables",
               dv = "tables", ["d+"] = "describe", l = "databases" }

-- Inputs --------------------------------------------------------------------

-- One function for each kind of input.
local kinds = {}

function kinds.sql(_, console, text) console.input:sql(text) end

function kinds.lua(ctx, console, chunk)
  console.input:run(function() console.show.values(ctx.out, chunk()) end)
end

function kinds.wrong(_, console, why) console.input:run(error, why, 0) end

function kinds.word(ctx, console, mark, word, rest)
  if mark == "\\" then
    local name = rawget(psql, word)
    if not name then return kinds.wrong(ctx, console, ("unknown command \\%s; .help lists the commands"):format(word)) end
    word = name == "describe" and rest == "" and "tables" or name
  end
  local set, run = rawget(settings, word), rawget(words, word)
  if not set and not run then return kinds.wrong(ctx, console, ("unknown command .%s; .help lists the commands"):format(word)) end
  if run then return console.input:run(run, ctx, console, rest) end
  local ok, err = pcall(set, ctx, console, rest)
  if not ok then kinds.wrong(ctx, console, err) end
end

-- Reads and runs the next complete input; false at the end.
local function run_next(ctx, console)
  local text, kind, what, word, rest
  repeat
    local line = console.input:line(text and console.more or console.prompt)
    console.read = console.read + 1
    if line == nil and not text then return false end
    if line == false then
      text = nil
    elseif line then
      if not text then console.first = console.terminal and 1 or console.read end
      text = text and text .. "\n" .. line or line:find "%S" and line
    end
    if text then kind, what, word, rest = console.parse_input(console, text, line == nil) end
  until kind
  if not console.complete.tells_secret(text) then console.input:remember(text) end
  kinds[kind](ctx, console, what, word, rest)
  return true
end

local function complete_from(ctx, console)
  local function members(value) return console.input:members(value) end
  return function(text)
    if not console.names then
      console.input:run(function() console.names = console.catalog.names(ctx.db) end)
    end
    return console.complete.complete(text, console.env, members, console.names or {})
  end
end

local function open(ctx, write)
  local console = ctx:console(write)
  local place = (ctx.environment and ctx.environment .. " " or "") .. ctx.db.database
  console.write, console.read = write, 0
  console.prompt = ("%s%s> "):format(place, write and " (write)" or "")
  console.more = (" "):rep(#console.prompt - 4) .. "... "
  console.env = setmetatable({
    db = ctx.db,
    ctx = { command = "console", environment = ctx.environment, config = ctx.config, args = {} },
  }, { __index = _G })
  console.input:on_complete(complete_from(ctx, console))
  return console
end

return {
  name    = "console",
  summary = "open a Lua and SQL prompt on the database",
  needs   = { project = true, db = true, write = true },
  options = {
    write = { flag = true, help = "allow changes; each input is committed if it succeeds" },
  },

  run = function(ctx, opts)
    if opts.json then ctx:usage "console has no --json output" end
    local console = open(ctx, opts.write or false)
    if console.terminal then ctx.out:line("%s\n.help shows what you can type.", MODES[console.write]) end
    while not console.done and run_next(ctx, console) do console.names = nil end
  end,
}

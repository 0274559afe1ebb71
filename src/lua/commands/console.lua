local HELP = [[
An input is Lua, SQL or one of the words below.

  db:query "SELECT ..."     Lua; shows the value of an expression. See also moonbird help lua.
  SELECT ...;               SQL, up to its semicolon
  sql ...                   SQL on one line, whatever its first word
  .tables                   tables and views
  .describe NAME            columns, indexes and constraints
  .help                     this help
  .quit                     or Ctrl-D

%s
Ctrl-C gives up the input, or stops what runs. TAB completes. What begins with a space, or has
a password or the like in it, is not kept in the history.]]

local MODES = {
  [false] = "Each input runs in its own read-only transaction. To allow changes, use --write.",
  [true] = "Each input runs in its own transaction, which is committed if it succeeds.",
}

-- The words with a dot ------------------------------------------------------

local words = {}

function words.help(ctx, console) ctx.out:text(HELP:format(MODES[console.write])) end

function words.quit(_, console) console.done = true end

function words.tables(ctx, console) console.show.rows(ctx.out, console.catalog.tables(ctx.db)) end

function words.describe(ctx, console, name)
  if name == "" then error("name a table: .describe NAME", 0) end
  local parts = console.catalog.describe(ctx.db, name)
  if not parts then error(("table \"%s\" does not exist"):format(name), 0) end
  for _, part in ipairs(parts) do
    ctx.out:text(part[1])
    console.show.rows(ctx.out, part[2], part[3])
  end
end

-- Inputs --------------------------------------------------------------------

-- One function a kind of input.
local kinds = {}

function kinds.sql(_, console, text) console.input:sql(text) end

function kinds.lua(ctx, console, chunk)
  console.input:run(function() console.show.values(ctx.out, chunk()) end)
end

function kinds.wrong(_, console, why) console.input:run(error, why, 0) end

function kinds.word(ctx, console, word, rest)
  console.input:run(function()
    local run = rawget(words, word) or error(("unknown word \".%s\"; see .help"):format(word), 0)
    run(ctx, console, rest)
  end)
end

-- Runs the next whole input; false at the end.
local function run_next(ctx, console)
  local text, kind, what, rest
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
    if text then kind, what, rest = console.understand(console, text, line == nil) end
  until kind
  if not console.words.tells_secret(text) then console.input:remember(text) end
  kinds[kind](ctx, console, what, rest)
  return true
end

local function complete_from(ctx, console)
  local function members(value) return console.input:members(value) end
  return function(text)
    if not console.names then
      console.input:run(function() console.names = console.catalog.names(ctx.db) end)
    end
    return console.words.complete(text, console.env, members, console.names or {})
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

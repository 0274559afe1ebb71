local HELP = [[
An input is Lua, SQL or one of the words below.

  db:query "SELECT ..."     Lua; what an expression gives is shown. See also moonbird help lua.
  SELECT ...;               SQL, up to its semicolon
  sql ...                   SQL in one line, whatever it begins with
  .tables                   tables and views
  .describe NAME            columns, indexes and constraints
  .help                     this
  .quit                     or Ctrl-D

%s
Ctrl-C gives up the input, or stops what runs. TAB completes. What begins with a space, or has
a password or the like in it, is not kept in the history.]]

local MODES = {
  [false] = "Each input is a read-only transaction of its own: nothing can be changed without --write.",
  [true] = "Each input is a transaction of its own, and committed when it ends well.",
}

-- What SQL begins with.
local verbs = {}
for verb in ([[alter analyze call cluster comment copy create deallocate declare delete discard drop execute
    explain fetch grant import insert listen lock merge move notify prepare reassign refresh reindex release
    reset revoke savepoint security select set show table truncate unlisten update vacuum values with
    begin start commit rollback]]):gmatch "%a+" do
  verbs[verb] = true
end

local function has_numbers(rows, column)
  for _, row in ipairs(rows) do
    if row[column] ~= nil then return type(row[column]) == "number" end
  end
end

local function show_rows(ctx, console, rows, columns)
  local shown, titles = {}, {}
  for i, column in ipairs(columns) do
    titles[i] = { column, column, right = has_numbers(rows, column) }
  end
  for i, row in ipairs(rows) do
    local cells = {}
    for _, column in ipairs(columns) do
      local value = row[column]
      cells[column] = type(value) == "table" and console.inspect(value) or value
    end
    shown[i] = cells
  end
  ctx.out:table(shown, titles, "psql")
end

local function are_rows(values)
  local rows, columns = values[1], values[2]
  return values.n == 2 and type(rows) == "table" and type(columns) == "table" and type(columns[1]) == "string"
end

local function show(ctx, console, ...)
  local values = table.pack(...)
  if are_rows(values) then return show_rows(ctx, console, values[1], values[2]) end
  for i = 1, values.n do ctx.out:text(console.inspect(values[i])) end
end

-- The words with a dot ------------------------------------------------------

local words = {}

function words.help(ctx, console) ctx.out:text(HELP:format(MODES[console.write])) end

function words.quit(_, console) console.done = true end

function words.tables(ctx, console) show_rows(ctx, console, console.catalog.tables(ctx.db)) end

function words.describe(ctx, console, name)
  if name == "" then error("which table? .describe NAME", 0) end
  local parts = console.catalog.describe(ctx.db, name)
  if not parts then error(("there is no table \"%s\""):format(name), 0) end
  for _, part in ipairs(parts) do
    ctx.out:text(part[1])
    show_rows(ctx, console, part[2], part[3])
  end
end

local function run_word(ctx, console, word, rest)
  if word == "sql" then return console.input:sql(rest) end
  return console.input:run(function()
    if not rawget(words, word) then error(("unknown word \".%s\"; see .help"):format(word), 0) end
    words[word](ctx, console, rest)
  end)
end

-- Inputs --------------------------------------------------------------------

local function compile(console, text)
  local chunk = console.input:compile("return " .. text, console.first, console.env)
  if chunk then return chunk end
  return console.input:compile(text, console.first, console.env)
end

-- In capitals a verb is SQL's; else where the text is no Lua and more of it would not make it so, or
-- hardly any (select 'a'; is a call).
local function is_sql(text, chunk, why)
  local verb = text:match "^%s*(%a+)%f[%s;\0]"
  if not verb or not rawget(verbs, verb:lower()) then return false end
  if chunk then return verb == verb:upper() or text:find "^%s*%a+%s+[^=,%s].*;%s*$" ~= nil end
  return verb == verb:upper() or not why:find "<eof>$"
end

-- A function that runs the input; nil when there must be more of it.
local function understand(ctx, console, text, ended)
  local word, rest = text:match "^%s*%.(%a*)%s*(.-)%s*$"
  local sql = text:match "^%s*sql%s+(%S.*)$" or word == "sql" and rest
  if sql then
    return (ended or console.input:is_whole(sql .. ";")) and function() return console.input:sql(sql) end
  elseif word then
    return function() return run_word(ctx, console, word, rest) end
  end
  local chunk, why = compile(console, text)
  if is_sql(text, chunk, why) then
    return (ended or console.input:is_whole(text)) and function() return console.input:sql(text) end
  elseif chunk then
    return function() return console.input:run(function() show(ctx, console, chunk()) end) end
  end
  return (ended or not why:find "<eof>$") and function() return console.input:run(error, why, 0) end
end

-- The next whole input as a function that runs it; nil at the end.
local function next_input(ctx, console)
  local text, run
  repeat
    local line = console.input:line(text and console.more or console.prompt)
    console.read = console.read + 1
    if line == false then
      text = nil
    elseif line == nil then
      if not text then return nil end
      run = understand(ctx, console, text, true)
    else
      if not text then console.first = console.terminal and 1 or console.read end
      text = text and text .. "\n" .. line or line:find "%S" and line
      run = text and understand(ctx, console, text)
    end
  until run
  if not console.words.tells_secret(text) then console.input:remember(text) end
  return run
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
  summary = "a Lua and SQL prompt on the database",
  needs   = { project = true, db = true },
  options = {
    write = { flag = true, help = "allow changes; each input is committed when it ends well" },
  },

  run = function(ctx, opts)
    if opts.json then ctx:usage "what a prompt shows is for people: there is no --json" end
    local console = open(ctx, opts.write or false)
    if console.terminal then ctx.out:line("%s\n.help says what can be typed.", MODES[console.write]) end
    while not console.done do
      local run = next_input(ctx, console)
      if not run then break end
      run()
      console.names = nil
    end
  end,
}

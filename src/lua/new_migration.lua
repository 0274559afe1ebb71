-- new_migration.lua: the name of a new migration, and its files.

local core = ...
local tool_text = core.require "tool_text"

-- Keeps the letters of every writing system.
local function slug(name)
  if utf8.len(name) then name = name:gsub("\xC2[\x80-\xA0]", "_") else name = name:gsub("[\x80-\xFF]", "_") end
  return (name:lower():gsub("[^%w\x80-\xFF]+", "_"):gsub("^_+", ""):gsub("_+$", ""))
end

-- The words as a name.  A name that ends in "rollback" is refused: its file would be the rollback of another one.
local function name_of(ctx, title)
  local name = slug(title)
  if name == "" then ctx:usage("\"%s\" has neither a letter nor a digit", title) end
  if ("_" .. name):find "_rollback$" then
    ctx:usage("a name that ends in \"rollback\" is reserved for rollback files: use another word")
  end
  return name
end

-- Numbers are strings of digits, since they may have more than 64 bits.
local function higher(a, b)
  local x, y = a:gsub("^0+", ""), b:gsub("^0+", "")
  return (#x > #y or (#x == #y and x > y)) and a or b
end

local function after(number, width)
  local head, digit, nines = ("0" .. number):match "^(.-)([0-8])(9*)$"
  local next = (head .. digit + 1 .. nines:gsub("9", "0")):gsub("^0+", "")
  return ("0"):rep(width - #next) .. next
end

-- The time as a number, with as many digits as another one that begins with a time.
local function now(like)
  return os.date "!%Y%m%d%H%M%S" .. (like:find "^20%d%d[01]%d" and ("0"):rep(#like - 14) or "")
end

-- The number after those of the files: with as many digits, or a timestamp if they have timestamps.  In some formats a
-- name does not begin with the number, or not with all of it.  `dated`: it must be a time, as in mb_file_template.
local function next_number(files, width, dated)
  local highest = "0"
  for _, file in ipairs(files) do
    local digits = not dated and file.name:match "^%d+"
    if digits then width = #digits end
    highest = higher(digits or file.number:match "^%d*", highest)
  end
  if dated then width = #highest < 13 and 14 or #highest end -- Hasura has milliseconds
  if width < 14 then return after(highest, width) end
  return higher(now(highest), after(highest, 1)) -- even within one second or if the clock is wrong
end

-- In a folder with a journal, only Drizzle takes the next number.  So this is the number of the last entry, with a
-- counter as suffix.
local function number_after_last(ctx, files)
  local last, highest = nil, "0"
  for _, file in ipairs(files) do
    if file.journaled then last = file.name:match "^%d+" or last end
  end
  if not last then ctx:usage "the journal has no numbered entry yet: generate the first migration with Drizzle" end
  for _, file in ipairs(files) do
    local number, suffix = file.name:match "^(%d+)_(%d+)_"
    if file.lua and number == last then highest = higher(suffix, highest) end
  end
  return last .. "_" .. after(highest, 2)
end

local function create(ctx, made, path, text)
  if not ctx.project:create(path, text) then ctx:usage("%s already exists", path) end
  made[#made + 1] = path
end

-- Has a folder of sqlx only simple migrations, NAME.sql?  sqlx makes a pair of files only where there are pairs.
local function is_simple(format, files)
  local simple = false
  for _, file in ipairs(format.name == "sqlx" and files or {}) do
    if file.path:lower():find "%.up%.sql$" then return false end
    simple = simple or not file.lua
  end
  return simple
end

-- A simple migration of sqlx, which has no rollback in SQL.
local function create_simple(ctx, made, path, format, options)
  local name = path:match "[^/]*$"
  create(ctx, made, path .. ".sql", (tool_text.part(ctx, format, "up", name, options.up)))
  if options.down and options.down ~= "" then
    moonbird.log.info("note: the rollback of %s is not written, since the folder has simple migrations of sqlx: write it in %s_rollback.lua", name, name)
  end
end

-- An SQL migration in the format of another tool: one file with two parts, or a file for each part.
local function create_formatted(ctx, made, path, format, options)
  if not format.up then
    ctx:usage("moonbird cannot make SQL migrations in the format %s: make it as that format requires, or use --lua", format.name)
  end
  local name = path:match "[^/]*$"
  local up, up_apart = tool_text.part(ctx, format, "up", name, options.up)
  local down, down_apart
  if options.down then down, down_apart = tool_text.part(ctx, format, "down", name, options.down) end
  if format.down_ending ~= moonbird.null then
    create(ctx, made, path .. format.up_ending, up)
    if down then create(ctx, made, path .. format.down_ending, down) end
  else
    create(ctx, made, path .. format.up_ending, down and up .. "\n" .. down or up)
  end
  for ending, text in pairs(tool_text.files(format, up_apart or down_apart)) do create(ctx, made, path .. ending, text) end
end

-- Drizzle has had no journal since version 1.
local function is_drizzle_1(format) return format and format.name == "drizzle" end

-- `title`: what it does, in words.  options: manual, suffix (".sql" or ".lua"), up, down (texts; a Lua file has no
-- down), check (a function that gets the files that are there, and may raise), desired (an SQL file leads to the desired
-- schema, so that Drizzle's snapshot of that schema belongs to it), renames (of project:journal_migration).
-- → { name, files }; or nil and why, for an SQL file beside Drizzle's migrations if drizzle-kit cannot be run
return function(ctx, title, options)
  local stream = options.manual and "manual" or "auto"
  local words = name_of(ctx, title)
  local _, folder = ctx.project:files(stream)
  local lock <close> = ctx.project:lock(folder) -- two runs at once must not use the same number
  local files, _, journal, format = ctx.project:files(stream)
  if options.check then options.check(files) end
  local beside = journal and not options.manual
  if options.suffix == ".sql" and (beside or is_drizzle_1(format)) then
    return ctx.project:journal_migration(words, { up = options.up, down = options.down, desired = options.desired,
                                                  renames = options.renames, folders = not journal })
  end
  local number = beside and number_after_last(ctx, files)
    or next_number(files, options.manual and 3 or 4, format and format.dated)
  local name = number .. "_" .. words
  local path, made = folder .. "/" .. name, {}
  if format and options.suffix == ".sql" then
    local write = is_simple(format, files) and create_simple or create_formatted
    write(ctx, made, path, format, options)
    return { name = name, files = made }
  end
  create(ctx, made, path .. options.suffix, options.up)
  if options.down then create(ctx, made, path .. "_rollback.sql", options.down) end
  return { name = name, files = made }
end

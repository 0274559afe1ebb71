local function show_list(out, title, rows)
  if #rows == 0 then return end
  local width = 0
  for _, row in ipairs(rows) do width = math.max(width, #row[1]) end
  out:text("\n" .. title .. ":")
  for _, row in ipairs(rows) do
    out:text(row[2] == "" and "  " .. row[1] or ("  %-" .. width .. "s  %s"):format(row[1], row[2]))
  end
end

-- Options without a letter are indented, so that long names are aligned.
local function option_label(option)
  local label = table.concat(option.names, ", ")
  if label:find "^%-%-" then label = "    " .. label end
  return option.arg and label .. " " .. option.arg or label
end

local function option_rows(list)
  local rows = {}
  for i, option in ipairs(list) do rows[i] = { option_label(option), option.help } end
  return rows
end

local function arg_rows(args)
  local rows = {}
  for i, arg in ipairs(args) do rows[i] = { arg.name, arg.help } end
  return rows
end

local function command_rows(commands, own)
  local rows = {}
  for _, command in ipairs(commands) do
    if command.own == own then
      rows[#rows + 1] = { command.name, command.summary or "(does not load: " .. command.error .. ")" }
    end
  end
  return rows
end

local function show_command(out, command)
  out:text("usage: " .. command.usage)
  out:text(command.summary)
  show_list(out, "arguments", arg_rows(command.args))
  show_list(out, "options", option_rows(command.options))
  out:text "\nThe options that all commands have are in \"moonbird help\"."
  if command.chapter then out:text(("See also \"moonbird help %s\"."):format(command.chapter)) end
end

local function chapter_rows(chapters)
  local rows = {}
  for i, chapter in ipairs(chapters) do rows[i] = { chapter.name, chapter.about } end
  return rows
end

local function show_all(out, all)
  out:text "usage: moonbird [options] COMMAND [arguments]"
  show_list(out, "commands", command_rows(all.commands, false))
  show_list(out, "commands of this project", command_rows(all.commands, true))
  show_list(out, "options", option_rows(all.options))
  show_list(out, "chapters of the manual", chapter_rows(all.chapters))
  out:text "\n\"moonbird help NAME\" shows a command or a chapter. \"moonbird help lua\" shows the Lua API, too."
end

local function show_text(out, text, indent)
  for line in text:gmatch "[^\n]+" do out:text(indent .. line) end
end

local function show_example(out, example, indent)
  if not example then return end
  for line in (example .. "\n"):gmatch "([^\n]*)\n" do out:text(line == "" and "" or indent .. line) end
end

local function show_functions(out, entries)
  if #entries == 0 then return end
  local hidden = 0
  out:text "\nfunctions:"
  for _, entry in ipairs(entries) do
    if entry.internal then
      hidden = hidden + 1
    else
      out:text("  " .. entry.shown)
      show_text(out, entry.text, "      ")
      show_example(out, entry.example, "          ")
    end
  end
  if hidden > 0 then out:text(("\n%d more are for moonbird's own commands: moonbird help lua --stubs."):format(hidden)) end
end

local function show_topic(out, topic)
  local fields, functions = {}, {}
  for _, entry in ipairs(topic.entries) do
    table.insert(entry.field and fields or functions, entry.field and { entry.shown, entry.text } or entry)
  end
  show_text(out, topic.text, "")
  show_example(out, topic.example, "    ")
  show_list(out, "fields", fields)
  show_functions(out, functions)
end

local function show_topics(out, topics)
  out:text "The functions and tables of Lua scripts. \"moonbird help lua TOPIC\" shows one topic."
  local rows = {}
  for i, topic in ipairs(topics) do rows[i] = { topic.name, topic.text:match "^(.-)%.%s" or topic.text:match "^(.-)%.?$" } end
  show_list(out, "topics", rows)
  out:text "\n\"moonbird help lua --stubs\" prints all topics for editors (EmmyLua, LuaLS)."
end

local function find_by_name(list, name)
  for _, each in ipairs(list) do
    if each.name == name then return each end
  end
end

local function show_lua(ctx, opts)
  local topics, stubs = ctx:reference()
  if opts.stubs then return ctx.out:text((stubs:gsub("\n$", ""))) end
  local name = opts.words[1]
  local topic = name and (find_by_name(topics, name)
    or ctx:usage("topic \"%s\" does not exist; \"moonbird help lua\" lists the topics", name))
  if ctx.out:result(topic or topics) then return end
  if topic then return show_topic(ctx.out, topic) end
  ctx.out:markdown(find_by_name(ctx:manual(), "lua").text)
  ctx.out:text ""
  show_topics(ctx.out, topics)
end

local function show_everything(ctx)
  local all = ctx:commands()
  all.chapters = {}
  for i, chapter in ipairs(ctx:manual()) do all.chapters[i] = { name = chapter.name, about = chapter.about } end
  if not ctx.out:result(all) then show_all(ctx.out, all) end
end

-- Does the line have all words, in upper or lower case? Returns the place of the first word.
local function find_words(line, words)
  local first
  for i, word in ipairs(words) do
    local at = line:lower():find(word:lower(), 1, true)
    if not at then return nil end
    if i == 1 then first = at end
  end
  return first
end

-- A long line is cut around the first word; a character is never cut.
local function excerpt(line, words)
  if #line <= 120 then return line end
  local from = math.max(1, find_words(line, words) - 50)
  local text = line:sub(from, from + 109):gsub("^[\x80-\xBF]+", ""):gsub("[\xC0-\xFF][\x80-\xBF]*$", "")
  return (from > 1 and "... " or "") .. text .. (from + 109 < #line and " ..." or "")
end

-- The chapters with lines that have all words.
local function search(chapters, words)
  local found = {}
  for _, chapter in ipairs(chapters) do
    local lines = {}
    for line in chapter.text:gmatch "[^\n]+" do
      if not line:find "^<!%-%-" and find_words(line, words) then lines[#lines + 1] = line end
    end
    if #lines > 0 then found[#found + 1] = { name = chapter.name, lines = lines } end
  end
  return found
end

-- A topic of the Lua reference as a chapter: a line has the name of an entry, and one of its sentences.
local function as_chapter(topic)
  local lines = { (topic.text:gsub("\n", " ")) }
  for _, entry in ipairs(topic.entries) do
    local label = entry.field and entry.name or entry.shown:match "^[^(]+"
    for sentence in entry.text:gsub("\n", " "):gsub("([.:]) ", "%1\n"):gmatch "[^\n]+" do
      lines[#lines + 1] = ("%s  %s"):format(label, sentence)
    end
  end
  return { name = "lua " .. topic.name, text = table.concat(lines, "\n") }
end

-- The chapters of the manual, and those of the Lua reference.
local function searched(ctx)
  local chapters = table.move(ctx:manual(), 1, #ctx:manual(), 1, {})
  for _, topic in ipairs((ctx:reference())) do chapters[#chapters + 1] = as_chapter(topic) end
  return chapters
end

local LINES = 5 -- of each chapter

local function show_found(ctx, found, words)
  if ctx.out:result(found) then return end
  for _, chapter in ipairs(found) do
    ctx.out:text(chapter.name .. ":")
    for i = 1, math.min(#chapter.lines, LINES) do ctx.out:text("  " .. excerpt(chapter.lines[i], words)) end
    if #chapter.lines > LINES then ctx.out:text(("  (%d more lines)"):format(#chapter.lines - LINES)) end
  end
  if #found == 0 then ctx:usage("nothing in the manual has a line with \"%s\"", table.concat(words, "\" and \"")) end
  ctx.out:text "\n\"moonbird help NAME\" shows a chapter."
end

-- The command of that name. A word without a hint is searched for in the manual.
local function describe(ctx, name)
  local ok, command = pcall(ctx.describe, ctx, name)
  if ok then return command end
  if name:find "^%d" or name:find "^manual/" or name:find "^auto/" then
    ctx:usage("\"%s\" is not a command or a chapter; moonbird plan %s shows a migration", name, name)
  end
  local found = {}
  if command.hint and not command.hint:find "^See" then
    command.hint = ("%s To search the manual: moonbird help --search %s."):format(command.hint, name)
  else
    found = search(searched(ctx), { name })
  end
  if #found == 0 then error(command, 0) end
  return nil, found
end

-- Shows the command or the chapter of that name, or both.
local function show_named(ctx, name)
  local chapter, command, found = find_by_name(ctx:manual(), name)
  if chapter then command = find_by_name(ctx:commands().commands, name) else command, found = describe(ctx, name) end
  if found then return show_found(ctx, found, { name }) end
  if ctx.out:result(command or chapter) then return end
  if command then show_command(ctx.out, command) end
  if command and chapter then ctx.out:text "" end
  if chapter then ctx.out:markdown(chapter.text) end
end

return {
  name    = "help",
  summary = "show a command or a chapter of the manual, or list them",
  args    = {
    { name = "topic", label = "name", topic = true, help = "a command or a chapter of the manual; or a word to search for" },
    { name = "words", label = "part", many = true, help = "after lua: db, ctx, moonbird, ..." },
  },
  options = {
    search = { flag = true, help = "list the lines of the manual and of the Lua reference that contain all words" },
    stubs = { flag = true, help = "after lua: print stubs for editors" },
    man = { arg = "SECTION", choice = { "1", "5" }, help = "print a manual page: 1, the program, or 5, the manual" },
  },

  run = function(ctx, opts)
    if opts.search then
      local words = { opts.topic or ctx:usage "name the words to search for", table.unpack(opts.words or {}) }
      return show_found(ctx, search(searched(ctx), words), words)
    end
    if opts.topic == "lua" then return show_lua(ctx, opts) end
    if #(opts.words or {}) > 0 then
      ctx:usage("unexpected \"%s\"; to search the manual: moonbird help --search %s", opts.words[1],
                table.concat({ opts.topic, table.unpack(opts.words) }, " "))
    end
    if opts.man then return ctx.out:text(ctx:man_page(opts.man)) end
    if opts.topic then return show_named(ctx, opts.topic) end
    show_everything(ctx)
  end,
}

local function show_list(out, title, rows)
  if #rows == 0 then return end
  local width = 0
  for _, row in ipairs(rows) do width = math.max(width, #row[1]) end
  out:text("\n" .. title .. ":")
  for _, row in ipairs(rows) do
    out:text(row[2] == "" and "  " .. row[1] or ("  %-" .. width .. "s  %s"):format(row[1], row[2]))
  end
end

-- Long names stand below each other.
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
end

local function show_all(out, all)
  out:text "usage: moonbird [options] COMMAND [arguments]"
  show_list(out, "commands", command_rows(all.commands, false))
  show_list(out, "commands of this project", command_rows(all.commands, true))
  show_list(out, "options", option_rows(all.options))
  out:text "\n\"moonbird help COMMAND\" says more of each, \"moonbird help lua\" what scripts can use."
end

local function show_text(out, text, indent)
  for line in text:gmatch "[^\n]+" do out:text(indent .. line) end
end

local function show_functions(out, entries)
  if #entries == 0 then return end
  out:text "\nfunctions:"
  for _, entry in ipairs(entries) do
    out:text("  " .. entry.shown)
    show_text(out, entry.text, "      ")
  end
end

local function show_topic(out, topic)
  local fields, functions = {}, {}
  for _, entry in ipairs(topic.entries) do
    table.insert(entry.field and fields or functions, entry.field and { entry.shown, entry.text } or entry)
  end
  show_text(out, topic.text, "")
  show_list(out, "fields", fields)
  show_functions(out, functions)
end

local function show_topics(out, topics)
  out:text "What Lua scripts can use. \"moonbird help lua TOPIC\" says more of each."
  local rows = {}
  for i, topic in ipairs(topics) do rows[i] = { topic.name, topic.text:match "^(.-)%.%s" or topic.text:match "^(.-)%.?$" } end
  show_list(out, "topics", rows)
  out:text "\n\"moonbird help lua --stubs\" prints all of it for editors (EmmyLua, LuaLS)."
end

local function find_topic(ctx, topics, name)
  for _, topic in ipairs(topics) do
    if topic.name == name then return topic end
  end
  ctx:usage("there is no topic \"%s\"", name)
end

local function show_lua(ctx, opts)
  local topics, stubs = ctx:reference()
  if opts.stubs then return ctx.out:text((stubs:gsub("\n$", ""))) end
  local topic = opts.words[1] and find_topic(ctx, topics, opts.words[1])
  if ctx.out:result(topic or topics) then return end
  if topic then show_topic(ctx.out, topic) else show_topics(ctx.out, topics) end
end

return {
  name    = "help",
  summary = "show the commands, or one of them",
  args    = {
    { name = "topic", help = "a command; or lua" },
    { name = "words", label = "part", many = true, help = "after lua: db, ctx, moonbird, ..." },
  },
  options = { stubs = { flag = true, help = "after lua: print stubs for editors" } },

  run = function(ctx, opts)
    if opts.topic == "lua" then return show_lua(ctx, opts) end
    if #(opts.words or {}) > 0 then ctx:usage("unexpected \"%s\"", opts.words[1]) end
    local document = opts.topic and ctx:describe(opts.topic) or ctx:commands()
    if ctx.out:result(document) then return end
    local show = opts.topic and show_command or show_all
    show(ctx.out, document)
  end,
}

local function show_list(out, title, rows)
  if #rows == 0 then return end
  local width = 0
  for _, row in ipairs(rows) do width = math.max(width, #row[1]) end
  out:text("\n" .. title .. ":")
  for _, row in ipairs(rows) do
    out:text(("  %-" .. width .. "s  %s"):format(row[1], row[2]))
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
  out:text "\n\"moonbird help COMMAND\" says more of each."
end

return {
  name    = "help",
  summary = "show the commands, or one of them",
  args    = { { name = "topic", help = "a command" } },

  run = function(ctx, opts)
    local document = opts.topic and ctx:describe(opts.topic) or ctx:commands()
    if ctx.out:result(document) then return end
    local show = opts.topic and show_command or show_all
    show(ctx.out, document)
  end,
}

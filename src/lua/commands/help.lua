local options = require "options"

local function option_label(key, spec)
  local long = #key > 1 and options.long_name(key) or nil
  local short = spec.short and "-" .. spec.short
  local label = short and long and short .. ", " .. long or long and "    " .. long or short
  return spec.arg and label .. " " .. spec.arg or label
end

local function show_list(out, title, rows)
  if #rows == 0 then return end
  local width = 0
  for _, row in ipairs(rows) do width = math.max(width, #row[1]) end
  out:text("\n" .. title .. ":")
  for _, row in ipairs(rows) do
    out:text(("  %-" .. width .. "s  %s"):format(row[1], row[2]))
  end
end

local function option_rows(specs)
  local rows = {}
  for i, key in ipairs(options.keys(specs)) do
    rows[i] = { option_label(key, specs[key]), specs[key].help or "" }
  end
  return rows
end

local function arg_rows(args)
  local rows = {}
  for i, arg in ipairs(args) do rows[i] = { options.label(arg), arg.help or "" } end
  return rows
end

-- A project's own command that does not load must not hide the others.
local function summary(ctx, name)
  local ok, command = pcall(ctx.find, ctx, name)
  return ok and command.summary or "(does not load: " .. tostring(command.message or command) .. ")"
end

local function command_rows(ctx, kind)
  local names, rows = ctx:commands(), {}
  for _, name in ipairs(options.keys(names)) do
    if names[name] == kind then rows[#rows + 1] = { name, summary(ctx, name) } end
  end
  return rows
end

local function show_command(out, command)
  out:text("usage: " .. options.usage(command))
  out:text(command.summary or "")
  show_list(out, "arguments", arg_rows(command.args or {}))
  show_list(out, "options", option_rows(command.options or {}))
  out:text "\nThe options that all commands have are in \"moonbird help\"."
end

local function show_all(ctx)
  ctx.out:text "usage: moonbird [options] COMMAND [arguments]"
  show_list(ctx.out, "commands", command_rows(ctx, "built-in"))
  show_list(ctx.out, "commands of this project", command_rows(ctx, "own"))
  show_list(ctx.out, "options", option_rows(options.global))
  ctx.out:text "\n\"moonbird help COMMAND\" says more of each."
end

return {
  name    = "help",
  summary = "show the commands, or one of them",
  args    = { { name = "topic", help = "a command" } },

  run = function(ctx, opts)
    if opts.topic then
      show_command(ctx.out, ctx:find(opts.topic))
    else
      show_all(ctx)
    end
  end,
}

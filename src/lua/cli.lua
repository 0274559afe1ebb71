-- cli.lua: from the command line to one command's run(ctx, opts).
--
-- A command is a table { name, summary, needs, args, options, run }: one of
-- commands/*.lua here, or one of the project's own scripts/commands/*.lua.
-- This file finds it, provides what it `needs`, and makes its result the
-- exit status.  `core` is C: src/binding/command/core.c; commands reach it, and this
-- file, only through ctx.

local core = ...
local options = core.require "options"

-- Commands -----------------------------------------------------------------

-- name -> is it one of the project's own?
local function command_names()
  local names = {}
  for _, name in ipairs(core.scripts "scripts/commands") do names[name] = true end
  for _, name in ipairs(core.built_in "commands") do names[name] = false end
  return names
end

local function load_command(name)
  local path = "scripts/commands/" .. name .. ".lua"
  local built_in = core.built_in_script("commands/" .. name .. ".lua")
  if not core.exists(path) then return built_in end
  if built_in then
    core.fail("file", ("\"%s\" is a built-in command"):format(name), "Give the file another name.", path)
  end
  local command = core.require "check_own_command"(core.script(path), name, path)
  command.own = true
  return command
end

-- A file of the project whose name cannot be typed as a command would never run.
local function check_name(name)
  if name:find "^%w[%w_-]*$" then return true end
  if not command_names()[name] then return false end
  core.fail("file", "the file's name cannot be the name of a command", "Use letters, digits, \"-\" and \"_\".",
            "scripts/commands/" .. name .. ".lua")
end

-- `what` and `names` are for the error about an unknown name: its kind, and the names that exist.
local function find(name, what, names)
  options.refuse_connection(name)
  local command = check_name(name) and load_command(name)
    or options.unknown(what or "command", name, names or options.keys(command_names()), "See \"moonbird help\".")
  return options.complete(command)
end

-- Output -------------------------------------------------------------------

local Out = {}
Out.__index = Out

local documented = false -- --json: one document, and no more

-- Prints a line for people; not under --quiet.
function Out:line(fmt, ...)
  if getmetatable(self) ~= Out or type(fmt) ~= "string" then
    core.fail("usage", "ctx.out:line needs a string", 'Write ctx.out:line("text"), with a colon.')
  end
  if not self.quiet then core.talk(fmt:format(...) .. "\n") end
end

-- Prints the output that the user asked for, also under --quiet.
function Out:text(text) core.talk(text .. "\n") end

-- Prints data, such as a file's contents. A file or a pipe gets it unchanged; on a terminal its control
-- characters are escaped, as in all other output.
function Out:data(text) core.data(text) end

-- Markdown, wrapped to the terminal; headings and code are marked where there are colours.
function Out:markdown(text)
  local width, marks = core.screen()
  for _, piece in ipairs(core.require "pages.terminal"(text, math.min(width, 100), marks)) do
    if piece[2] then core.styled(piece[1], piece[2]) else core.talk(piece[1]) end
  end
end

-- A duration in words; nil if it is not known.
function Out.time(_, ms) return ms and ms ~= moonbird.null and core.time(ms) or nil end

-- `style`: "list", or "psql" with its rule and count.
function Out:table(rows, columns, style) core.table(rows, columns, style) end

-- Prints the document of --json.  Returns true if it did: then the command prints no text.
function Out:result(document)
  self.document = document
  if self.json then
    core.document(document)
    documented = true
  end
  return self.json
end

-- The document of a command that failed without printing one: each key of an error of apply, or null.
local function failure(err)
  local told = type(err) == "table" and err or { message = err }
  local failed = {
    kind = told.kind or "script", message = tostring(told.message or err), file = told.file, line = told.line,
    column = told.file_column, sqlstate = told.sqlstate, detail = told.detail, hint = told.hint,
    context = told.context,
  }
  for _, key in ipairs { "name", "file", "line", "column", "sqlstate", "detail", "hint", "context" } do
    if failed[key] == nil then failed[key] = moonbird.null end
  end
  return { failed = failed }
end

-- Context ------------------------------------------------------------------

-- `root` is the project's folder, and `folder` the user's folder relative to it.  Both are nil in the project's
-- own folder, and with -C, which names that folder.  `refused` is the reason why the surrounding project may not
-- be used.
local place = {}

local Context = {}
Context.__index = Context

local function new_context(command, opts)
  return setmetatable({
    name = command.name, first = command, opts = opts,
    json = opts.json, verbose = opts.verbose, yes = opts.yes,
    folder = place.folder, out = setmetatable({ json = opts.json, quiet = opts.quiet }, Out),
  }, Context)
end

-- An error can carry the outcome of the work before it, which is printed as the document.
function Context:__close(err)
  local outcome = type(err) == "table" and err.outcome
  if outcome then
    if outcome.failed == moonbird.null then outcome.failed = failure(err).failed end
    self.out:result(outcome)
  end
  if self.session then self.session:close(err, self.status) end
end

-- A command of the project changes a database with policies only if it declares needs.write and the policies
-- allow it.
local function allow(ctx, command)
  if command.own then
    local writes = command.needs and command.needs.write or false
    ctx.session:allow(command.name, "scripts/commands/" .. command.name .. ".lua", writes)
  end
end

-- Changes to the folder of the project that this folder is inside of.
local function enter_project()
  local ok, root, folder = pcall(core.find_root)
  if not ok then place.refused = root end
  if not ok or not root then return end
  place.root, place.folder = root, folder
  core.enter(root)
end

-- Changes back to the user's folder, for -C and for a command that can run anywhere.
local function leave_project()
  if place.folder then core.enter(place.folder) end
  place = {}
end

-- Refuses a folder of migrations that the surrounding project does not use: it may belong to another project.
local function check_place(config)
  for _, name in ipairs { "migrations", "migrations-manual" } do
    local own = place.folder and place.folder .. "/" .. name
    if own and core.same_folder(own, own) and not core.same_folder(own, config.migrations or "migrations")
       and not core.same_folder(own, config.manual or "migrations-manual") then
      core.fail("usage", ('this folder is inside the project "%s", which does not use the folder "%s"'):format(place.root, own),
                ("For that project: moonbird -C %s. To make this folder a separate project: moonbird init."):format(place.root))
    end
  end
end

-- Provides the needs of a command that the context does not have yet.  They are closed with the context.  A command
-- of the project always has the configuration, because that has its grants.
function Context:provide(wanted)
  local opts = self.opts
  wanted = wanted or {}
  if not self.first.own and not next(wanted) then return end
  if not self.session then
    if place.refused and not wanted.anywhere then error(place.refused, 0) end
    self.session = core.session(opts.config, opts.no_wait and 0 or opts.wait, opts.yes, opts.outside_window)
    self.config = self.session:config()
    if self.first.own then core.limit_memory() end
    check_place(self.config)
  end
  if wanted.target then self.session:target(opts.database, opts.env, self.name) end
  if wanted.db and not self.db then
    self.db, self.environment = self.session:connect(opts.database, opts.env, self.name)
    allow(self, self.first)
  end
  if wanted.project then self.project = self.session end
  if wanted.server then self.server = core.server end
end

-- Provides the needs of another command, in the first one's place.
local function admit(ctx, command)
  ctx:provide(command.needs)
  if ctx.db then allow(ctx, command) end
end

-- The names of the running commands: each was called by the one before it.
local running = {}
local MOST_INSIDE = 10

-- Notes that the command runs, until the result is closed. Refuses a command that calls itself without end.
local function enter_command(name)
  local inside = 0
  for _, outer in ipairs(running) do inside = outer == name and inside + 1 or inside end
  if inside == MOST_INSIDE then
    core.fail("usage", ("command \"%s\" calls itself without end"):format(name),
              ("It is already running %d times, each inside the one before. Check what it calls with ctx:command or " ..
               "ctx:become."):format(inside))
  end
  running[#running + 1] = name
  return setmetatable({}, { __close = function() running[#running] = nil end })
end

-- Raises an error about a wrong command line.
function Context:usage(fmt, ...)
  core.fail("usage", fmt:format(...), ("See \"moonbird help %s\"."):format(self.name))
end

-- Raises unless a person, or --yes, agrees.  `hint`: what else can be done without a terminal.
function Context:confirm(question, hint)
  local agreed = self.yes or core.confirm(question)
  if agreed == nil then
    core.fail("usage", "confirmation needed: " .. question, "Use --yes when there is no terminal." .. (hint and " " .. hint or ""))
  end
  if not agreed then core.fail("failed", "not confirmed") end
end

-- Asks a person whether an object is renamed.  nil if nobody can be asked; --yes does not answer this question.
function Context:ask_renamed(old, new)
  if self.yes then return nil end
  return core.confirm(("Rename %s to %s? Otherwise the data of %s is lost."):format(old, new, old))
end

-- A sentence that says what to do about likely renames that nobody was asked about; nil if there are none.
function Context.rename_hint(_, likely)
  return likely[1] and ("If these are renames, use --rename %s."):format(table.concat(likely, " --rename ")) or nil
end

-- The path of a project file, relative to the user's folder.
function Context.path(_, path) return place.folder and core.path_to(place.folder, path) or path end

-- One command as a plain table: name, summary, usage, args, options.
function Context:describe(name)
  local names = options.keys(command_names())
  for _, chapter in ipairs(self:manual()) do names[#names + 1] = chapter.name end
  return core.require "describe_commands".command(find(name, "command or chapter", names))
end

-- All commands as such tables, with `own`, and the options that all of them have.  A command that does not load
-- must not hide the others: it has an `error`.
function Context.commands()
  local describe = core.require "describe_commands"
  local names, list = command_names(), {}
  for i, name in ipairs(options.keys(names)) do
    local ok, found = pcall(find, name)
    list[i] = ok and describe.command(found) or { name = name, error = tostring(found.message or found) }
    list[i].own = names[name]
  end
  return { commands = list, options = describe.options(options.global) }
end

-- The reference of scripts: topics of entries, and the stubs that they are read from.
function Context.reference()
  local stubs = core.require "reference.stubs"
  return core.built_in_script "reference/parse.lua"(stubs), stubs
end

-- The chapters of the manual: { name, about, text } each.
function Context.manual() return core.require "pages.chapters" end

-- What project:status() returned, as a page of Markdown.
function Context.status_page(_, status) return core.require "pages.status_markdown"(status) end

-- The possible completions of the last word, for a shell.
function Context:complete(words) return core.require "complete_command_line"(self, words) end

-- moonbird(1) or moonbird(5), for man(1).
function Context:man_page(number) return core.require "pages.man"(number, self:manual(), self:commands()) end

-- The parts of a prompt: `input` (C: lines, transactions), `terminal` (is there a person at it?), and
-- the modules that show results, look in the catalog and read inputs.
function Context:console(write)
  local input, terminal = self.project:console(write)
  return {
    input = input, terminal = terminal,
    show = core.require "console.show",
    catalog = core.require "console.catalog",
    complete = core.require "console.complete",
    parse_input = core.require "console.parse_input",
  }
end

-- The names of the environments, sorted: those of the configuration, and dev if it has a database.
function Context:environments()
  local names = { dev = moonbird.env "DATABASE_DEV_URL" or core.server.address() }
  for name in pairs(self.config and self.config.environments or {}) do names[name] = true end
  return moonbird.json.array(options.keys(names))
end

-- Serves the studio until a signal ends it; with `worker`, answers its requests.
function Context:serve_studio(opts) return core.require(opts.worker and "studio.worker" or "studio.serve")(self, opts) end

-- Makes the files of a new migration; see new_migration.lua.
function Context:new_migration(title, opts) return core.require "new_migration"(self, title, opts) end

-- The text as the value of the directive "description".
function Context.description(_, text) return core.require "description"(text) end

-- Writes a first migration that makes the schema of the database.
function Context:write_first_migration(title) return core.require "schema.first_migration"(self, title) end

-- The differences between the database and what its applied migrations make, or with `schema` the desired schema.
function Context:drift(opts) return core.require "schema.drift"(self, opts) end

-- The schema of the database: functions sql, objects and mermaid, which return it in this form.
function Context:dump() return core.require "schema.dump"(self) end

-- The statements that lead from the database to the desired schema; `push` runs them.
function Context:push_plan(opts) return core.require "schema.push".plan(self, opts) end
function Context.unnamed_losses(_, losses, words) return core.require "schema.warnings.allow_losses"(losses, words) end
function Context:push(plan) return core.require "schema.push".run(self, plan) end

-- Runs the steps of a plan in a scratch database: what each statement locks, rewrites and builds there.
function Context:rehearse(plan, opts) return core.require "rehearsal.rehearse"(self, plan, opts) end

-- Prints the result of Context:rehearse for people, or as "markdown".
function Context:show_rehearsal(steps, form)
  core.require(form == "markdown" and "rehearsal.markdown" or "rehearsal.show")(self.out, steps)
end

local function provide_named_database(self)
  if self.opts.database or self.opts.env or moonbird.env "DATABASE_URL" then self:provide { db = true } end
end

-- Checks migrations with the rules.  options: files (paths), or text and path, or all, since, git.  A database is asked for
-- sizes and for what is applied, if one is named.
function Context:lint(opts)
  provide_named_database(self)
  return core.require "lint.lint".run(self, opts)
end

-- What `lint --fix` would write, with the same options: the result of lint/fix/fix.lua.
function Context:lint_fix(opts)
  provide_named_database(self)
  return core.require "lint.fix.fix"(self, opts)
end

-- Prints the findings of Context:lint: as text for people, or as "sarif", "github" or "junit".
function Context:show_lint(report, format)
  if not format or format == "text" then return core.require "lint.report.text"(self.out, report, self.verbose) end
  local text = core.require("lint.report." .. format)(report)
  if text ~= "" then self.out:data(text .. "\n") end
end

-- The rules with this id or alias, as values; the list of all rules, if none is given.
function Context.lint_rules(_, id)
  local rules = core.require "lint.rules"
  if id then return table.unpack(rules.find(rules.all(), id)) end
  return rules.all()
end

-- Runs another command in place of this one, with its output.
function Context:become(name, opts)
  local command = find(name)
  local _ <close> = enter_command(name)
  admit(self, command)
  local status = command.run(self, opts)
  return status
end

-- Runs another command, and returns its result without printing it.  Raises unless the exit status is 0.
function Context:command(name, opts)
  if type(name) ~= "string" then
    core.fail("usage", "ctx:command needs the name of a command", 'Write ctx:command("up").')
  end
  local command = find(name)
  opts = options.take(command, opts)
  local out = setmetatable({ quiet = self.out.quiet }, Out)
  local _ <close> = enter_command(name)
  admit(self, command)
  local inner = setmetatable({ name = name, out = out }, { __index = self })
  local status = command.run(inner, opts) or 0
  if status ~= 0 then core.fail("failed", ("command \"%s\" ended with status %d"):format(name, status)) end
  return out.document, status
end

-- Running ------------------------------------------------------------------

-- The exit status for the value that a command returned; nil is 0.
local function status_of(command, result)
  if result == nil then return 0 end
  if math.type(result) == "integer" and result >= 0 and result <= 255 then return result end
  core.fail("failed", ("command \"%s\" returned %s, not an exit status"):format(command.name, tostring(result)),
            "A command returns a number from 0 to 255, or nothing. To report a failure, call error(...).")
end

local function run(command, opts)
  core.runs_built_in = not command.own
  local _ <close> = enter_command(command.name)
  local ctx <close> = new_context(command, opts)
  ctx:provide(command.needs)
  ctx.status = status_of(command, command.run(ctx, opts))
  return ctx.status
end

local function show_help(opts, command)
  opts.topic = command and command.name
  return run(find "help", opts)
end

local function all_options(command)
  local specs = {}
  for key, spec in pairs(options.global) do specs[key] = spec end
  for key, spec in pairs(command.options or {}) do specs[key] = spec end
  return specs
end

-- Paths of the command line are relative to the user's folder.
local function place_paths(command, opts)
  if not place.folder then return end
  local placed
  function placed(path)
    if type(path) ~= "table" then return path:find "^fd:%d+$" and path or core.path_from(place.folder, path) end
    local paths = {}
    for i, each in ipairs(path) do paths[i] = placed(each) end
    return paths
  end
  for key, spec in pairs(all_options(command)) do
    if spec.file and opts[key] then opts[key] = placed(opts[key]) end
  end
  for _, arg in ipairs(command.args or {}) do
    if arg.file and opts[arg.name] then opts[arg.name] = placed(opts[arg.name]) end
  end
end

-- Applies -C and the options for output as soon as they are read.
local function set_up(opts)
  if opts.dir then
    leave_project()
    core.enter(opts.dir)
  end
  core.output(opts.quiet and "warn" or opts.verbose and "debug" or "info", opts.color or "auto",
              opts.json or false, opts.yes or false)
end

local function open_events(opts, command)
  if opts.json and opts.events == "fd:1" then
    core.fail("usage", "--json and --events fd:1 both write to standard output", "Give --events another descriptor or a file.")
  end
  core.events(opts.events, command.name)
end

local understood = false -- are all words of the command line read?

local function main(argv, opts)
  local words = {}
  local i = options.read(opts, argv, 1, options.global)
  if opts.version then
    core.data("moonbird " .. moonbird.version .. "\n")
    return 0
  end
  set_up(opts)
  if not opts.dir then enter_project() end
  opts.dir = nil
  if not argv[i] then
    if opts.help then return show_help(opts) end
    core.fail("usage", "no command given", "See \"moonbird help\".")
  end
  local command = find(argv[i])
  if command.needs and command.needs.anywhere then leave_project() end
  options.read(opts, argv, i + 1, all_options(command), words, command.name)
  understood = true
  set_up(opts)
  if opts.help then return show_help(opts, command) end
  options.bind(command, opts, words)
  place_paths(command, opts)
  if opts.events then open_events(opts, command) end
  return run(command, opts)
end

-- Finds --json even after a wrong word.
local function wants_json(argv, opts)
  if opts.json or understood then return opts.json end
  for _, word in ipairs(argv) do
    if word == "--" then return false end
    if word == "--json" then return true end
  end
end

return function(argv)
  local opts = {}
  local _ <close> = setmetatable({}, {
    __close = function(_, err)
      if err and not documented and wants_json(argv, opts) then core.document(failure(err)) end
    end,
  })
  return main(argv, opts)
end

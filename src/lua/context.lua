-- context.lua: ctx, with which a command does its work: what it `needs`, questions, other commands, and
-- what only moonbird's own commands use.

local core = ...
local options = core.require "options"
local commands = core.require "find_command"
local out = core.require "out"
local place = core.require "place"

local Context = {}
Context.__index = Context

local function new_context(command, opts)
  return setmetatable({
    name = command.name, first = command, opts = opts,
    json = opts.json, verbose = opts.verbose, yes = opts.yes,
    folder = place.folder, out = out.new(opts.json, opts.quiet),
  }, Context)
end

-- An error can carry the outcome of the work before it, which is printed as the document.
function Context:__close(err)
  local outcome = type(err) == "table" and err.outcome
  if outcome then
    if outcome.failed == moonbird.null then outcome.failed = out.failure(err).failed end
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
    place.check(self.config)
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

-- What was done before a run failed, as `count(outcome)` says it, and what stays of the migration that failed.
local function say_failed(self, err, count)
  local outcome = type(err) == "table" and err.outcome
  if not outcome or self.json then return end
  if err.kept or #(outcome.applied or {}) + #(outcome.rolled_back or {}) > 0 then
    self.out:line("%s%s", count(outcome), err.kept and "; " .. err.kept or "")
  end
end

-- Applies or rolls back migrations. If that fails, prints the last line of the command. pcall would lose the error
-- of an interrupt.
function Context:apply(request, count)
  local _ <close> = setmetatable({}, { __close = function(_, err) say_failed(self, err, count) end })
  return self.project:apply(request)
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

-- Prints the notes of a comparison or of a dump; those about the order of columns only with --verbose.
function Context.say_notes(_, made)
  for _, note in ipairs(made.notes) do moonbird.log.info("note: %s", note) end
  for _, note in ipairs(made.orders or {}) do moonbird.log.debug("note: %s", note) end
end

-- The path of a project file, relative to the user's folder.
function Context.path(_, path) return place.path(path) end

-- One command as a plain table: name, summary, usage, args, options.
function Context:describe(name)
  local names = options.keys(commands.names())
  for _, chapter in ipairs(self:manual()) do names[#names + 1] = chapter.name end
  return core.require "describe_commands".command(commands.find(name, "command or chapter", names))
end

-- All commands as such tables, with `own`, and the options that all of them have.  A command that does not load
-- must not hide the others: it has an `error`.
function Context.commands()
  local describe = core.require "describe_commands"
  local names, list = commands.names(), {}
  for i, name in ipairs(options.keys(names)) do
    local ok, found = pcall(commands.find, name)
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

-- Shows the notes about files that are not migrations, as `up` does.
function Context:show_notes()
  for _, note in ipairs(self.project:notes()) do moonbird.log.info("note: %s", note) end
end

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

-- Calls fn. Its error about what a script asks for gets the script's place.
local function placed(fn, ...)
  local ok, result = pcall(fn, ...)
  if ok then return result end
  if type(result) == "table" and not result.file then result.file, result.line = core.caller() end
  error(result, 0)
end

-- Runs another command in place of this one, with its output.
function Context:become(name, opts)
  local command = placed(commands.find, name)
  local _ <close> = enter_command(name)
  admit(self, command)
  local status = command.run(self, opts)
  return status
end

-- Runs another command, and returns its result without printing it.  Raises unless the exit status is 0.
function Context:command(name, opts)
  if type(name) ~= "string" then
    placed(core.fail, "usage", "ctx:command needs the name of a command", 'Write ctx:command("up").')
  end
  local command = placed(commands.find, name)
  opts = placed(options.take, command, opts)
  local printed = out.new(false, self.out.quiet)
  local _ <close> = enter_command(name)
  admit(self, command)
  local inner = setmetatable({ name = name, out = printed }, { __index = self })
  local status = command.run(inner, opts) or 0
  if status ~= 0 then core.fail("failed", ("command \"%s\" ended with status %d"):format(name, status)) end
  return printed.document, status
end

return { new = new_context, enter_command = enter_command }

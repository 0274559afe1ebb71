---The first argument of a command's run(ctx, opts).
---@class moonbird.command
---@field db moonbird.db the connection, with needs.db; read-only on an environment with policies, unless needs.write
---@field project moonbird.project with needs.project
---@field server table with needs.server: the project's own server
---@field out moonbird.out
---@field name string
---@field opts table the options of the command line
---@field config table the table of moonbird.lua
---@field environment string? the environment of the database
---@field json boolean?
---@field verbose boolean?
---@field yes boolean?
---@field folder string? the user's current folder, relative to the project's folder; nil if they are the same
local command = {}

---Returns the path of a project file, relative to the user's current folder, to show it to the user.
---```lua
---print(ctx:path "migrations/0001_users.lua")  --> migrations/0001_users.lua
---```
---@param path string relative to the project's folder
---@return string path
function command:path(path) end

---Runs another command and returns its result and exit status. An error unless the status is 0.
---```lua
---local plan, status = ctx:command "plan"  --> nothing to do
---print(#plan.steps, status)  --> 0 0
---```
---@param name string
---@param opts? table
---@return any result
---@return integer status
function command:command(name, opts) end

---Runs another command in place of this one, with its output.
---```lua
---return ctx:become("plan", {})  --> nothing to do
---```
---@param name string
---@param opts table
---@return integer? status
function command:become(name, opts) end

---Applies or rolls back migrations, as ctx.project:apply does. If that fails, it prints what was done before, as the
---function says it, and what stays of the migration that failed: "1 applied; nothing of 0002_note was kept".
---```lua
----- migrations/0002_note.sql
---ALTER TABLE users ADD COLUMN note text;
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true, write = true },
---  run = function(ctx)
---    local function count(outcome) return ("%d applied"):format(#outcome.applied) end
---    ctx.out:line("%s", count(ctx:apply({ direction = "up" }, count)))  --> 1 applied
---  end,
---}
---```
---@param request table of project:plan, or a plan
---@param count fun(outcome: table): string
---@return table outcome
function command:apply(request, count) end

---Raises an error unless a person at the terminal, or --yes, agrees.
---```lua
---ctx:confirm "Delete the old users?" -- an error unless the answer is yes
---print "deleted"  --> deleted
---```
---@param question string
function command:confirm(question) end

---Raises an error about a wrong command line: exit status 2.
---```lua
---ctx:usage("unexpected \"%s\"", "then")
-----> moonbird: error: unexpected "then"
-----> HINT: See "moonbird help example".
---```
---@param fmt string
---@param ... any
function command:usage(fmt, ...) end

---The arguments and options of a command, as a table.
---```lua
---print(ctx:describe("up").summary)  --> apply pending migrations, up to and including NAME
---```
---@param name string
---@return table description
function command:describe(name) end

---All commands as tables, and the options that all of them have.
---```lua
---for _, command in ipairs(ctx:commands().commands) do
---  if command.own then print(command.name) end  --> example
---end
---```
---@return { commands: table[], options: table[] } all
function command:commands() end

---This reference as tables, and its text.
---```lua
---print(ctx:reference()[1].name)  --> migration
---```
---@package
---@return table[] topics
---@return string stubs
function command:reference() end

---The chapters of the manual, in Markdown.
---```lua
---print(ctx:manual()[1].name)  --> migrations
---```
---@package
---@return { name: string, about: string, text: string }[] chapters
function command:manual() end

---Shows the notes of project:notes. Needs project.
---```lua
---ctx.project:status()
---ctx:show_notes()
---print(#ctx.project:notes())  --> 0
---```
---@package
function command:show_notes() end

---Returns a status as a page of Markdown.
---```lua
---print(ctx:status_page(ctx.project:status()):match "# [^\n]+")  --> # Migrations
---```
---@param status table of project:status
---@return string page
function command:status_page(status) end

---Returns the completions of the last word of a command line. ":sql:lua" means files with these endings. Needs
---project.
---```lua
---print(table.concat(ctx:complete { "dev", "st" }, " "))  --> start stop status url psql reset
---```
---@package
---@param words string[] the command line so far, without "moonbird"
---@return string[] candidates
function command:complete(words) end

---A manual page in troff.
---```lua
---print(ctx:man_page("1"):match "%.TH (%w+)")  --> MOONBIRD
---```
---@package
---@param number string "1": moonbird(1), "5": moonbird(5)
---@return string page
function command:man_page(number) end

---The names of the environments: those of the configuration, and dev if it has a database.
---```lua
----- moonbird.lua
---return { environments = { staging = {}, production = { protected = true } } }
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { config = true },
---  run = function(ctx)
---    print(table.concat(ctx:environments(), " "))  --> production staging
---  end,
---}
---```
---@return string[] names
function command:environments() end

---Serves the studio until a signal ends it.
---```lua
---print(select(2, pcall(ctx.serve_studio, ctx, { port = 8000, socket = "s" })).message)  --> give --port or --socket, not both
---```
---@package
---@param options { port?: integer, socket?: string, open?: boolean, write?: boolean }
---@return integer status
function command:serve_studio(options) end

---Writes a first migration that makes the schema of the database, after trying it in a scratch database. Needs project
---and db.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx) print(ctx:write_first_migration("all so far").name:match "%a.*")  --> all_so_far
---  end,
---}
---```
---@package
---@param title string
---@return { name: string, files: string[] } made
function command:write_first_migration(title) end

---The differences between the database and what its applied migrations make, or, with schema = true, the desired
---schema. An object is "missing", "unexpected" or "changed". The field `notes` of the list says what else differs,
---although no statement changes it. Needs project and db.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx) print(#ctx:drift {})  --> 0
---  end,
---}
---```
---@param opts { schema?: boolean }
---@return { object: table, how: string, fields?: string[], is?: table, wanted?: table, last?: string }[] differences
function command:drift(opts) end

---Runs the steps of a plan in a scratch database, and returns what each statement locks, rewrites and builds there. Needs
---project and db.
---```lua
----- migrations/0002_note.sql
---ALTER TABLE users ADD COLUMN note text;
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    local lock = ctx:rehearse(ctx.project:plan {})[1].statements[1].locks[1]
---    print(lock.relation, lock.mode, lock.blocks)  --> users ACCESS EXCLUSIVE reads and writes
---  end,
---}
---```
---@param plan table of project:plan
---@param opts? { queries?: string, sample?: integer } a file of SQL, or "pg_stat_statements": which of these queries would fail
---afterwards; how many rows of each table are copied first
---@return { name: string, stream: string, direction: string, statements: table[] }[] steps
function command:rehearse(plan, opts) end

---Prints what rehearse returned; form "markdown" is a page for a pull request.
---```lua
---ctx:show_rehearsal { { name = "0002_note", direction = "up", statements = {} } }  --> up  0002_note
---```
---@param steps table[]
---@param form? string
function command:show_rehearsal(steps, form) end

---Checks migrations, or files, with the lint rules. Needs project.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { project = true },
---  run = function(ctx)
---    local report = ctx:lint { text = "DROP INDEX users_email", path = "x.sql" }
---    print(report.findings[1].rule, report.findings[1].severity)  --> drop-index-not-concurrent error
---  end,
---}
---```
---@param opts { files?: string[], all?: boolean, since?: string, git?: string, text?: string, path?: string, version?: integer }
---@return { files: integer, statements: integer, counts: { error: integer, warning: integer, note: integer }, findings: table[] } report
function command:lint(opts) end

---What `moonbird lint --fix` would write: `before` and `after` are such reports, `files` have the new text and its
---difference, `kept` is what is not rewritten and why. `write(ctx)` writes the files. Needs project, and db unless a text is
---given.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { project = true },
---  run = function(ctx)
---    local fix = ctx:lint_fix { text = "DROP INDEX users_email", path = "migrations/0007_x.sql" }
---    print(fix.files[1].text)  --> DROP INDEX CONCURRENTLY users_email
---  end,
---}
---```
---@param opts { files?: string[], all?: boolean, since?: string, git?: string, text?: string, path?: string, version?: integer }
---@return { before: table, after: table, files: table[], kept: table[], unknown: string[], write: function } fix
function command:lint_fix(opts) end

---Prints the findings of such a report, as text or in another format.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { project = true },
---  run = function(ctx)
---    ctx:show_lint { findings = { { file = "a.sql", line = 1, column = 1, severity = "note", message = "odd", rule = "own" } } }
---    --> a.sql:1:1: note: odd [own]
---  end,
---}
---```
---@param report table
---@param format? string "text", "sarif", "github" or "junit"
function command:show_lint(report, format) end

---The lint rule with this name, or the rules, if another linter has one rule for them; without a name the list of all rules.
---```lua
---print(ctx:lint_rules("E6").id)  --> create-index-not-concurrent
---```
---@param id? string
---@return table ...
function command:lint_rules(id) end

---The schema of the database: sql() and mermaid() return it as text, objects() as tables; `notes` says which tables are
---left out. Needs project and db.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx) print(ctx:dump().mermaid():match "[^\n]+")  --> erDiagram
---  end,
---}
---```
---@return { sql: function, mermaid: function, objects: function, notes: string[] } forms
function command:dump() end

---The statements that lead from the database to the desired schema, and the data that they lose; `notes` says what
---differs although no statement changes it. Needs project and db.
---```lua
----- schema.sql
---CREATE TABLE mottos (motto text);
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx) print(ctx:push_plan().forward:match "CREATE TABLE [%w.]+")  --> CREATE TABLE public.mottos
---  end,
---}
---```
---@package
---@return { statements: integer, forward: string, losses: table[], notes: string[] } plan
function command:push_plan() end

---Runs the statements of a plan that ctx:push_plan returned. Call project:allow_push first.
---```lua
----- schema.sql
---CREATE TABLE mottos (motto text);
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true, write = true },
---  run = function(ctx)
---    ctx:push(ctx:push_plan())
---    print(ctx.db:has_table "mottos")  --> true
---  end,
---}
---```
---@package
---@param plan table of push_plan
function command:push(plan) end

---The names of the losses of a plan that the words of --allow-drop do not name, as a string; nil if there are none.
---```lua
---local losses = { { name = "public.users" }, { name = "public.users.name" } }
---local names = ctx:unnamed_losses(losses, { "users" })
---print(names)  --> public.users.name
---```
---@package
---@param losses table[] of project:generate or push_plan: { kind, name, why }
---@param words? string[]
---@return string? names, string? reasons the names with the reason of each loss
function command:unnamed_losses(losses, words) end

---Asks a person whether an object is renamed. nil if nobody can be asked.
---```lua
---print(ctx:ask_renamed("public.users", "public.people"))  --> nil
---```
---@package
---@param old string
---@param new string
---@return boolean? renamed
function command:ask_renamed(old, new) end

---A sentence about likely renames that nobody was asked about; nil if there are none.
---```lua
---print(ctx:rename_hint { "users=people" })  --> If these are renames, use --rename users=people.
---```
---@package
---@param likely string[] of project:generate or push_plan
---@return string? hint
function command:rename_hint(likely) end

---Prints the notes of what ctx:drift, ctx:push_plan, ctx:dump or project:generate returned.
---```lua
---ctx:say_notes { notes = { "the version of EXTENSION hstore is 1.4, not 1.8" } }
-----> note: the version of EXTENSION hstore is 1.4, not 1.8
---```
---@param made { notes: string[] }
function command:say_notes(made) end

---A text as the value of the directive description: one line, in which no word is read as another directive.
---```lua
---print(ctx:description "Add x\ny=1")  --> Add x y =1
---```
---@package
---@param text string
---@return string value
function command:description(text) end

---Makes the files of a new migration, with the next number. Needs project. Beside Drizzle's migrations, an SQL migration
---gets its snapshot by journal_migration; nil and why if drizzle-kit cannot be run.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { project = true },
---  run = function(ctx)
---    print(ctx:new_migration("add a motto", { suffix = ".sql", up = "SELECT 1;", down = "SELECT 2;" }).files[1])  --> migrations/0002_add_a_motto.sql
---  end,
---}
---```
---@param title string
---@param opts { suffix: string, up: string, down?: string, manual?: boolean, desired?: boolean, renames?: string }
---@return { name: string, files: string[] }? made
---@return string? why
function command:new_migration(title, opts) end

---A Lua and SQL prompt on the database.
---```lua
---local console = ctx:console(false)
---print(console.terminal)  --> false
---```
---@package
---@param write boolean true: its inputs may make changes
---@return table console
function command:console(write) end

---Opens what a command needs: db, target, project, server, config.
---```lua
---ctx:provide { server = true }
---print(type(ctx.server))  --> table
---```
---@package
---@param needs table<string,boolean> db, target, project, server, config
function command:provide(needs) end

---ctx.project: what the commands do. The results are the documents that --json prints.
---@class moonbird.project
local project = {}

---The state of all migrations.
---```lua
---print(ctx.project:status().auto[1].state)  --> applied
---```
---@param options? { check: boolean }
---@return table status
function project:status(options) end

---The manual migrations, as in project:status, with the time at which each was rolled back.
---```lua
----- migrations-manual/shout.sql
----- moonbird: description=Names in capitals
---UPDATE users SET name = upper(name);
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    local shout = ctx.project:manual()[1]
---    print(shout.name, shout.state, shout.description)  --> shout pending Names in capitals
---  end,
---}
---```
---@return table[] migrations
function project:manual() end

---The notes about the files that were read last, as `up` shows them: scripts in subfolders, files that the tool ignores.
---```lua
---ctx.project:status()
---print(#ctx.project:notes())  --> 0
---```
---@return string[] notes
function project:notes() end

---An iterator over the migrations of both folders in their order, with their statements; nil for Lua.
---```lua
---for migration in ctx.project:migrations() do
---  print(migration.stream, migration.name, migration.lua)  --> auto 0001_users true
---end
---```
---@return fun(): { name: string, stream: string, path: string, lua: boolean, repeatable: boolean, rollback: boolean, rollback_path: string?, transaction: boolean, description: string?, requires: string[], conflicts: string[], statements: moonbird.statement[]? }?
function project:migrations() end

---The files of a folder, its path, whether it has a journal of Drizzle, and, if another tool made the folder, its
---format: the `name`, and how to write a new migration.
---```lua
---local files, folder = ctx.project:files "auto"
---print(folder, files[1].name)  --> migrations 0001_users
---```
---@param stream? string "auto" or "manual"
---@return table[] files
---@return string folder
---@return boolean journal
---@return table? format
function project:files(stream) end

---The tables in which the tool that made the folder of migrations can keep its history, and those beside it; none for moonbird's own
---format. `schema` is nil if the table can be in any schema; a table without one of `columns` is another table.
---```lua
---print(#ctx.project:histories())  --> 0
---```
---@return { table: string, schema: string?, columns: string[] }[]
function project:histories() end

---Loads a Lua migration and returns the parameters that it declares in `args`, sorted by name.
---```lua
----- migrations/0002_word.lua
---return {
---  args = { word = { default = "hello" } },
---  up = function(db, ctx) db:exec("UPDATE users SET name = $1", ctx.args.word) end,
---}
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    local word = ctx.project:parameters("migrations/0002_word.lua")[1]
---    print(word.name, word.default)  --> word hello
---  end,
---}
---```
---@param path string
---@return { name: string, help: string?, values: string, flag: boolean, list: boolean, required: boolean, secret: boolean, choices: string[], default: any }[] parameters
function project:parameters(path) end

---The migrations that would run, whether before_each hooks would skip or refuse them, and what the policies would do.
---```lua
----- migrations/0002_note.sql
---ALTER TABLE users ADD COLUMN note text;
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    local plan = ctx.project:plan { direction = "up" }
---    print(plan.steps[1].name, plan.steps[1].statements[1].kind)  --> 0002_note ALTER TABLE
---  end,
---}
---```
---@param request { args?: table, stream?: string, to?: string, names?: string[], n?: integer, direction?: string }
---@return table plan
function project:plan(request) end

---Applies or rolls back migrations: those of a request, or those of a plan.
---```lua
----- migrations/0002_note.sql
---ALTER TABLE users ADD COLUMN note text;
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    local outcome = ctx.project:apply { direction = "up" }
---    print(outcome.applied[1].name)  --> 0002_note
---  end,
---}
---```
---@param request table of project:plan, or a plan
---@return table outcome
function project:apply(request) end

---Runs one script that is not a migration.
---```lua
----- capitals.sql
---UPDATE users SET name = upper(name);
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    print(ctx.project:run("capitals.sql").statements)  --> 1
---  end,
---}
---```
---@param path string
---@param options? { args?: table<string,any> }
---@return { file: string, statements: integer } result
function project:run(path, options) end

---Compares files and history.
---```lua
---local report = ctx.project:verify()
---print(report.checked, #report.findings)  --> 1 0
---```
---@param options? { run?: boolean, args?: table<string,any> }
---@return table findings
function project:verify(options) end

---The events of the history, newest first; with a name, those of one migration.
---```lua
---print(ctx.project:history("0001_users").events[1].what)  --> up
---```
---@param name? string
---@param options? { n: integer, what: string, since: string } n: only the newest n; what: a kind of event, or an outcome; since: a time, or how long ago
---@return table history
function project:history(name, options) end

---Records migrations as applied without running them.
---```lua
----- migrations/0002_note.sql
---ALTER TABLE users ADD COLUMN note text;
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    ctx.project:mark "0002_note"
---    print(ctx.project:status().auto[2].state)  --> applied
---  end,
---}
---```
---@param names string|string[]
---@return table result
function project:mark(names) end

---Removes migrations from the history without rolling them back.
---```lua
---ctx.project:forget "0001_users"
---print(ctx.project:status().pending)  --> 1
---```
---@param names string|string[]
---@return table result
function project:forget(names) end

---Accepts the edited files of applied migrations.
---```lua
---print(ctx.project:repair("0001_users").skipped[1].why)  --> has the file that was applied
---```
---@param names string|string[]
---@return table result
function project:repair(names) end

---Gives the history the new name of a renamed file.
---```lua
----- moonbird.lua
---return { grants = { ["scripts/commands/example.lua"] = { "fs" } } }
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    local file = "../../migrations/0001_users.lua"
---    moonbird.write("../../migrations/0001_people.lua", moonbird.read(file))
---    moonbird.remove(file)
---    ctx.project:rename("0001_users", "0001_people")
---    print(ctx.project:status().auto[1].name)  --> 0001_people
---  end,
---}
---```
---@param old string
---@param new string
---@return table result
function project:rename(old, new) end

---Gives the history the new name of each renamed file, also where names were exchanged.
---```lua
----- moonbird.lua
---return { grants = { ["scripts/commands/example.lua"] = { "fs" } } }
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    local file = "../../migrations/0001_users.lua"
---    moonbird.write("../../migrations/0001_people.lua", moonbird.read(file))
---    moonbird.remove(file)
---    print(ctx.project:rename_all().renamed[1].to)  --> auto/0001_people
---  end,
---}
---```
---@return table result
function project:rename_all() end

---Records the migrations up to a name as applied.
---```lua
----- migrations/0002_note.sql
---ALTER TABLE users ADD COLUMN note text;
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    ctx.project:forget "0001_users"
---    ctx.project:baseline "0002_note"
---    print(ctx.project:status().pending)  --> 0
---  end,
---}
---```
---@param name? string
---@param force? boolean record them even if the history of another tool does not list them, or cannot be compared
---@return table result
function project:baseline(name, force) end

---Records what another migration tool applied, from that tool's history in the database.
---```lua
----- migrations/0002_note.sql
---ALTER TABLE users ADD COLUMN note text;
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true, write = true },
---  run = function(ctx)
---    ctx.db:exec "CREATE TABLE knex_migrations (name text, migration_time timestamptz)"
---    ctx.db:exec "INSERT INTO knex_migrations VALUES ('0002_note.sql', now())"
---    local result = ctx.project:adopt "knex"
---    print(#result.marked, result.marked[1].name)  --> 1 0002_note
---  end,
---}
---```
---@param tool? string default: the only tool that has a history in the database
---@param force? boolean also record migrations whose files have changed since
---@return table result
function project:adopt(tool, force) end

---Compares the migrations with the history of another migration tool.
---```lua
----- migrations/0002_note.sql
---ALTER TABLE users ADD COLUMN note text;
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true, write = true },
---  run = function(ctx)
---    ctx.db:exec "CREATE TABLE knex_migrations (name text, migration_time timestamptz)"
---    for _, item in ipairs(ctx.project:compare_tool().migrations) do
---      print(item.name, item.state)  --> 0001_users recorded
---    end  --> 0002_note pending
---  end,
---}
---```
---@param tool? string default: the only tool that has a history in the database
---@return table result with the tool's table and the migrations, each with name, state and at
function project:compare_tool(tool) end

---Writes what is applied to the history of another migration tool, so that you can go back to that tool.
---```lua
----- migrations/0002_note.up.sql
---ALTER TABLE users ADD COLUMN note text;
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true, write = true },
---  run = function(ctx)
---    local ok, problem = pcall(ctx.project.eject, ctx.project, "prisma")
---    print(ok, problem.message:match "format of prisma")  --> false format of prisma
---  end,
---}
---```
---@param tool string
---@return table result
function project:eject(tool) end

---Repairs Drizzle's journal: what a merge or rebase of two branches left in it. It changes nothing unless it gets the
---checksum that an earlier call returned.
---```lua
----- migrations/0002_note.sql
---ALTER TABLE users ADD COLUMN note text;
----- migrations/meta/_journal.json
---{ "entries": [ { "idx": 0, "when": 1700000000000, "tag": "0000_gone" } ] }
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    local found = ctx.project:journal()
---    for _, item in ipairs(found.changes) do print(item.change, item.tag) end
---    --> added 0002_note
---    --> removed 0000_gone
---    ctx.project:journal("ours", found.checksum)
---    print(ctx.project:journal().right)  --> true
---  end,
---}
---```
---@param keep? string of a conflict, the side whose times stay: "ours" (default), which is HEAD, or "theirs"
---@param checksum? string writes the journal, if its checksum is still this one
---@return table result with path, right, checksum, and changes, each with change, tag, idx, when, old_idx and old_when
function project:journal(keep, checksum) end

---Compares what is applied with the history of another migration tool, as `eject` would write it.
---```lua
----- migrations/0002_note.up.sql
---ALTER TABLE users ADD COLUMN note text;
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true, write = true },
---  run = function(ctx)
---    local ok, problem = pcall(ctx.project.compare_ejection, ctx.project, "knex")
---    print(problem.message)  --> moonbird cannot write the history of "knex"
---  end,
---}
---```
---@param tool string
---@return table result with the tool's table, whether it exists, and the migrations, each with name and state
function project:compare_ejection(tool) end

---With true: moonbird.connect opens every database read-only, until this is called with false. Use it while
---migrations run only to be tried.
---```lua
----- moonbird.lua
---return { databases = { other = { url = env "DATABASE_URL", writable = true } } }
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true, write = true },
---  run = function(ctx)
---    ctx.project:only_reads(true)
---    local other <close> = moonbird.connect "other"
---    print((pcall(other.exec, other, "CREATE TABLE t (i int)")))  --> false
---    ctx.project:only_reads(false)
---  end,
---}
---```
---@param yes boolean
function project:only_reads(yes) end

---Runs the health checks.
---```lua
----- scripts/checks/names.lua
---return function(db) return not db:exists "SELECT FROM users WHERE name IS NULL", "a user has no name" end
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    local check = ctx.project:checks().checks[1]
---    print(check.name, check.ok)  --> names true
---  end,
---}
---```
---@param names? string[]
---@return { checks: table[] } verdicts
function project:checks(names) end

---Waits until no other process has the lock of a folder of the project, and returns the lock, which ends when it is
---closed. `new` and `generate` have it while they choose a number and write the files, and so does ctx:new_migration: do
---not call it while you have the lock.
---```lua
---do
---  local lock <close> = ctx.project:lock "migrations"
---  print(ctx.project:create("migrations/0002_more.sql", "SELECT 1;"))  --> true
---end
---```
---@param folder string
---@return userdata lock
function project:lock(folder) end

---Makes a file, or a folder if no text is given. Returns false if it exists.
---```lua
---print(ctx.project:create("notes.txt", "text"), ctx.project:create("notes.txt", "text"))  --> true false
---```
---@param path string
---@param text? string
---@return boolean made
function project:create(path, text) end

---Adds the lines that a file lacks. Returns their number.
---```lua
---print(ctx.project:create("notes.txt", "one\n"), ctx.project:append("notes.txt", { "one", "two" }))  --> true 1
---```
---@param path string
---@param lines string[]
---@return integer added
function project:append(path, lines) end

---Reads the lines that a person types, for command:console.
---```lua
---local input, terminal = ctx.project:console(false)
---print(type(input), terminal)  --> userdata false
---```
---@param write boolean
---@return userdata input
---@return boolean terminal
function project:console(write) end

---From now on, ctx.db is read-only and limits the time of its statements, and the methods of the project that change
---something raise. The pages of the studio work in this way.
---```lua
---ctx.project:browse()
---print(select(2, pcall(ctx.project.forget, ctx.project, "0001_users")).message)  --> a page of the studio cannot change anything
---```
function project:browse() end

---Calls the function in a transaction in which ctx.db can change rows: in the function `post` of a page, if the studio was
---started with `--write`. Fails if an environment of the database is protected, or has a window, a promotion or a backup.
---```lua
---local ok, err = pcall(ctx.project.edit, ctx.project, function() ctx.db:exec "DELETE FROM users" end)
---print(ok, err.message)  --> false the pages of this studio only read
---```
---@param fn fun(...): ...
---@param ... any arguments of the function
---@return ... results of the function
function project:edit(fn, ...) end

---Why `edit` would fail in a POST to this studio; nil if it would not. A page that shows a form asks for it.
---```lua
---print(ctx.project:edit_refusal())  --> the pages of this studio only read
---```
---@return string? why
function project:edit_refusal() end

---Ends what a script has left open, and undoes its settings.
---```lua
---ctx.db:exec "SET search_path = pg_catalog"
---ctx.project:settle()
---print(ctx.db:value "SHOW search_path")  --> "$user", public
---```
function project:settle() end

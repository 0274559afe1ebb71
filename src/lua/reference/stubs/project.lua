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
---@param options? { run: boolean }
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

---Makes a backup with pg_dump and records it.
---```lua
---print(ctx.project:backup().recorded)  --> true
---```
---@return { path: string, bytes: integer, duration_ms: number, recorded: boolean } backup
function project:backup() end

---The files in the folder of backups, newest first. The database of a file that moonbird did not make is null.
---```lua
---ctx.project:backup()
---print(#ctx.project:backups().backups)  --> 1
---```
---@return { folder: string?, backups: { name: string, path: string, database: string?, made_at: string, bytes: integer }[] } list
function project:backups() end

---Deletes the backups that moonbird made and that `keep` does not keep. Without names, it deletes nothing and
---returns what it would delete.
---```lua
---ctx.project:backup()
---print(ctx.project:prune_backups("7d").kept)  --> 1
---```
---@param keep? string such as "7d, 4w"; default: the key `keep` of the configuration
---@param names? string[] only these may be deleted
---@return { kept: integer, deleted: table[] } pruned
function project:prune_backups(keep, names) end

---Restores a backup into a database on the server of needs.target. If `file` does not exist, it restores the
---backup whose name in project:backups is `name`; the default of `name` is `file`.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, target = true, project = true },
---  run = function(ctx)
---    local backup = ctx.project:backup()
---    local request = { file = backup.path, database = ctx.project:database().database .. "_copy", dry_run = true }
---    print(ctx.project:restore_backup(request).path == backup.path)  --> true
---  end,
---}
---```
---@param request { file: string, name?: string, database: string, overwrite?: boolean, force?: boolean, no_owner?: boolean, dry_run?: boolean }
---@return { path: string, archive: table, before: table, duration_ms: number } restored before: the database as project:database returns it
function project:restore_backup(request) end

---The database of needs.target, if it may be dropped.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { target = true, project = true },
---  run = function(ctx)
---    local facts = ctx.project:database()
---    print(facts.exists, facts.applied)  --> true 1
---  end,
---}
---```
---@return { database: string, exists: boolean, target: string?, bytes: integer, tables: integer, objects: integer, sessions: integer, applied: integer, oid: string, server: string? } facts
function project:database() end

---Creates the database of needs.target if it does not exist.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { target = true, project = true },
---  run = function(ctx)
---    print(ctx.project:create_database().created)  --> false
---  end,
---}
---```
---@param options? { owner?: string, template?: string }
---@return { database: string, created: boolean } result
function project:create_database(options) end

---Drops the database that project:database returned.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { target = true, project = true },
---  run = function(ctx)
---    local facts = ctx.project:database()
---    print(ctx.project:drop_database(facts).dropped)  --> true
---  end,
---}
---```
---@param facts table
---@param force? boolean end the sessions of others in the database
---@return { database: string, dropped: boolean } result
function project:drop_database(facts, force) end

---Waits until the server of needs.target accepts connections.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { target = true, project = true },
---  run = function(ctx)
---    print(ctx.project:wait_for_server(5).exists)  --> true
---  end,
---}
---```
---@param seconds number how long at most
---@return { exists: boolean, waited_ms: number } answer exists: the server has the database
function project:wait_for_server(seconds) end

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

---The backfills, or one of them, with the keys of `backfill list --json`. An unknown value is moonbird.null.
---```lua
----- migrations/0002_capitals.lua
---return {
---  transaction = false,
---  backfills = {
---    capitals = {
---      table = "users", columns = { "name" }, on_error = "record",
---      each = function(user)
---        if user.name == "Bo" then error "too short" end
---        return { name = user.name:upper() }
---      end,
---    },
---  },
---  up = function(db) db:backfill "capitals" end,
---}
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    pcall(ctx.command, ctx, "up")  --> failed  0002_capitals
---    local backfill = ctx.project:backfills()[1]
---    print(backfill.name, backfill.rows, backfill.set_aside)  --> capitals 2 1
---  end,
---}
---```
---@param name? string
---@return table[] backfills
function project:backfills(name) end

---The rows that were set aside.
---```lua
----- migrations/0002_capitals.lua
---return {
---  transaction = false,
---  backfills = {
---    capitals = {
---      table = "users", columns = { "name" }, on_error = "record",
---      each = function(user)
---        if user.name == "Bo" then error "too short" end
---        return { name = user.name:upper() }
---      end,
---    },
---  },
---  up = function(db) db:backfill "capitals" end,
---}
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    pcall(ctx.command, ctx, "up")  --> failed  0002_capitals
---    local reject = ctx.project:backfill_rejects("capitals")[1]
---    print(reject.key, reject.error)  --> {2} too short
---  end,
---}
---```
---@param name string
---@return { key: any, error: string, at: string }[] rejects
function project:backfill_rejects(name) end

---The chunks into which the table was divided, in the order of the key: done, begun or waiting.
---```lua
----- migrations/0002_capitals.lua
---return {
---  transaction = false,
---  backfills = { capitals = { table = "users", set = "name = upper(name)" } },
---  up = function(db) db:backfill "capitals" end,
---}
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    ctx:command "up"
---    local chunk = ctx.project:backfill_chunks("capitals")[1]
---    print(chunk.number, chunk.state, chunk.rows, chunk.last_key)  --> 1 done 2 {2}
---  end,
---}
---```
---@param name string
---@return { number: integer, state: "done"|"begun"|"waiting", rows: integer, last_key: string, reached: string? }[] chunks
function project:backfill_chunks(name) end

---Pauses, resumes or cancels a backfill.
---```lua
----- migrations/0002_capitals.lua
---return {
---  transaction = false,
---  backfills = {
---    capitals = {
---      table = "users", columns = { "name" }, on_error = "record",
---      each = function(user)
---        if user.name == "Bo" then error "too short" end
---        return { name = user.name:upper() }
---      end,
---    },
---  },
---  up = function(db) db:backfill "capitals" end,
---}
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    pcall(ctx.command, ctx, "up")  --> failed  0002_capitals
---    print(ctx.project:backfill_tell("capitals", "cancel"))  --> true
---  end,
---}
---```
---@param name string
---@param what string "pause", "resume" or "cancel"
---@return boolean news
function project:backfill_tell(name, what) end

---Works on a running backfill until it is done, with the parameters that it was started with.
---```lua
----- migrations/0002_capitals.lua
---return {
---  transaction = false,
---  backfills = {
---    capitals = {
---      table = "users", columns = { "name" }, on_error = "record",
---      each = function(user)
---        if user.name == "Bo" then error "too short" end
---        return { name = user.name:upper() }
---      end,
---    },
---  },
---  up = function(db) db:backfill "capitals" end,
---}
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    pcall(ctx.command, ctx, "up")  --> failed  0002_capitals
---    print(pcall(ctx.project.backfill_join, ctx.project, "capitals"))
---    --> false  scripts/commands/example.lua:5: backfill "capitals" is in state "failed"
---    --> HINT: To continue: moonbird up.
---  end,
---}
---```
---@param name string
---@param options? { args: table<string,any>? }
---@return integer rows
function project:backfill_join(name, options) end

---Retries the rows that were set aside, with the parameters that the backfill was started with. Deleted rows
---count as gone.
---```lua
----- migrations/0002_capitals.lua
---return {
---  transaction = false,
---  backfills = {
---    capitals = {
---      table = "users", columns = { "name" }, on_error = "record",
---      each = function(user)
---        if user.name == "Bo" then error "too short" end
---        return { name = user.name:upper() }
---      end,
---    },
---  },
---  up = function(db) db:backfill "capitals" end,
---}
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    pcall(ctx.command, ctx, "up")  --> failed  0002_capitals
---    print(ctx.project:backfill_retry "capitals")  --> 0 1 0
---  end,
---}
---```
---@param name string
---@param options? { args: table<string,any>? }
---@return integer done
---@return integer failed
---@return integer gone
function project:backfill_retry(name, options) end

---Leaves the rows that were set aside as they are.
---```lua
----- migrations/0002_capitals.lua
---return {
---  transaction = false,
---  backfills = {
---    capitals = {
---      table = "users", columns = { "name" }, on_error = "record",
---      each = function(user)
---        if user.name == "Bo" then error "too short" end
---        return { name = user.name:upper() }
---      end,
---    },
---  },
---  up = function(db) db:backfill "capitals" end,
---}
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    pcall(ctx.command, ctx, "up")  --> failed  0002_capitals
---    print(ctx.project:backfill_accept "capitals")  --> 1
---  end,
---}
---```
---@param name string
---@return integer rows
function project:backfill_accept(name) end

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

---The paths of the test files, and their folder.
---```lua
----- tests/users_test.lua
---moonbird.test.test("users", function(db) moonbird.test.ok(db:has_table "users") end)
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    print(ctx.project:tests()[1])  --> tests/users_test.lua
---  end,
---}
---```
---@return string[] paths
---@return string folder
function project:tests() end

---Prepares the server at url, or starts one, for tests. trial:run(path, only) runs the tests of a file. The
---caller closes the trial.
---```lua
----- tests/users_test.lua
---moonbird.test.test("users", function(db) moonbird.test.ok(db:has_table "users") end)
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { project = true },
---  run = function(ctx)
---    local trial <close> = ctx.project:trial(moonbird.env "DATABASE_URL")
---    local result = trial:run("tests/users_test.lua")[1]
---    print(result.name, result.ok)  --> users true
---  end,
---}
---```
---@param url? string
---@param environment? string
---@return table trial
function project:trial(url, environment) end

---The schema of a database, or of a source, as a value for project:difference: by default that of ctx.db, or of the db of
---the hook or check. A source is "migrations", "schema", an SQL file, a folder of them, a schema.lua, or a connection
---string; moonbird makes its schema in a scratch database. A table with the methods of a db is as good as a db. Also in
---hooks and checks.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    print(ctx.project:snapshot().objects["TABLE public.users"].name)  --> public.users
---  end,
---}
---```
---@param source? string|moonbird.db|table
---@return { objects: table<string,table>, list: table[], version: integer } snapshot
function project:snapshot(source) end

---The statements that lead from one snapshot to another one, in order; none if the two are equal. A statement that
---consists of a comment and COMMIT ends the transaction of the statements before it. Also in hooks and checks.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx)
---    local before = ctx.project:snapshot()
---    ctx.db:exec "ALTER TABLE users ADD COLUMN motto text"
---    print(ctx.project:difference(before, ctx.project:snapshot())[1])  --> ALTER TABLE public.users ADD COLUMN motto text
---  end,
---}
---```
---@param from table a snapshot
---@param to table a snapshot
---@param opts? { plain?: boolean } the short form of each change, even if it blocks a table that is in use
---@return string[] statements
function project:difference(from, to, opts) end

---The migration that leads from one schema to another, and its rollback, both tried in a scratch database. The options
---are those of `moonbird generate`; `ask(old, new)` decides whether an object is renamed. `write(title)` writes the files.
---Also in hooks and checks.
---```lua
----- schema.sql
---CREATE TABLE mottos (motto text);
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { project = true },
---  run = function(ctx)
---    local made = ctx.project:generate { from = "migrations", to = "schema" }
---    print(made.forward:match "CREATE TABLE [%w.]+")  --> CREATE TABLE public.mottos
---    print(#made.losses, made.losses[1].name)  --> 1 public.users
---  end,
---}
---```
---@param opts? { from?: string, to?: string, plain?: boolean, unproved?: boolean, rename?: string[], ask?: (fun(old: string, new: string): boolean?), no_owner?: boolean, no_privileges?: boolean }
---@return { statements: integer, forward: string, backward: string, losses: table[], hazards: table[], notes: string[], write: fun(title: string): { name: string, files: string[] } } made
function project:generate(opts) end

---Runs the after_generate hooks on the texts of a migration and of its rollback, and returns what they have made of them.
---```lua
----- scripts/hooks/after_generate.lua
---return function(db, ctx) ctx.generated.up = "SET LOCAL lock_timeout = '2s';\n" .. ctx.generated.up end
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { project = true },
---  run = function(ctx) print(ctx.project:after_generate("SELECT 1;", ""):match "[^\n]+")  --> SET LOCAL lock_timeout = '2s';
---  end,
---}
---```
---@param up string
---@param down string
---@return string up
---@return string down
function project:after_generate(up, down) end

---Raises unless the policies of the database allow a baseline. It may prompt, but records nothing. Needs db.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx) print((pcall(ctx.project.allow_baseline, ctx.project)))  --> true
---  end,
---}
---```
function project:allow_baseline() end

---Raises unless moonbird push may change the database. Needs db.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx) print((pcall(ctx.project.allow_push, ctx.project)))  --> false
---  end,
---}
---```
function project:allow_push() end

---Writes SQL to the file .moonbird/NAME.sql, so that errors in it have a place.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { project = true },
---  run = function(ctx) print(ctx.project:keep_sql("example", "SELECT 1;"))  --> .moonbird/example.sql
---  end,
---}
---```
---@param name string letters a to z and _
---@param text string
---@return string path
function project:keep_sql(name, text) end

---The configuration of drizzle-kit in the project's folder, and its folder of migrations if that is a plain string. The
---file is not executed. nil: there is none.
---```lua
----- drizzle.config.ts
---export default { dialect: "postgresql", out: "./drizzle" };
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { project = true },
---  run = function(ctx) print(ctx.project:drizzle_config().out)  --> ./drizzle
---  end,
---}
---```
---@return { file: string, out: string? }? config
function project:drizzle_config() end

---Writes an SQL migration with its entry in Drizzle's journal and the snapshot, which the project's drizzle-kit makes.
---With desired, the migration leads to the desired schema of the project, and the snapshot is that of this schema;
---otherwise the snapshot stays the same. nil and why, if drizzle-kit cannot be run.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { project = true },
---  run = function(ctx)
---    print(ctx.project:journal_migration("mottos", { up = "SELECT 1;" }))  --> nil	drizzle-kit is not installed here
---  end,
---}
---```
---@param name string
---@param opts { up: string, down?: string, desired?: boolean }
---@return { name: string, files: string[] }? made
---@return string? why
function project:journal_migration(name, opts) end

---Connects to another database, which is only read. The caller closes it.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { project = true },
---  run = function(ctx)
---    local db <close> = ctx.project:reader(moonbird.env "DATABASE_URL")
---    print(db:value "SELECT 1")  --> 1
---  end,
---}
---```
---@param url string
---@return moonbird.db db
function project:reader(url) end

---The paths of the SQL files in a folder, sorted; for the path of a file, this path. A folder with a subfolder, or with
---scripts that are not SQL, is an error.
---```lua
---print(ctx.project:sql_files("schema.sql")[1])  --> schema.sql
---```
---@param path string
---@return string[] paths
function project:sql_files(path) end

---Runs the program that the key schema of the configuration names, and writes its output to a file.
---```lua
----- moonbird.lua
---return { schema = { command = { "echo", "SELECT 1;" } } }
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { project = true },
---  run = function(ctx) print(ctx.project:printed_schema())  --> .moonbird/schema.sql
---  end,
---}
---```
---@param item? integer  the place of the program in a list of schemas
---@return string path
function project:printed_schema(item) end

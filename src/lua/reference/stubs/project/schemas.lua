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

---Prepares the server at url, or starts one, for tests. trial:run(path, only) runs the tests of a file. Migrations
---get the values of args that they name. The caller closes the trial.
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
---@param opts? { args?: table<string,any> }
---@return table trial
function project:trial(url, environment, opts) end

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
---@param opts? { from?: string, to?: string, plain?: boolean, unproved?: boolean, set?: table<string,any>, rename?: string[], ask?: (fun(old: string, new: string): boolean?), no_owner?: boolean, no_privileges?: boolean }
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
---With folders, it is a folder of Drizzle 1, with the migration, its rollback and the snapshot. With desired, the
---migration leads to the desired schema of the project, and the snapshot is that of this schema; otherwise the schema of
---the snapshot stays the same. Of renames, Drizzle 1 knows what is not a new object: JSON objects with commas between
---them, as in drizzle-kit's --hints. nil and why, if drizzle-kit cannot be run.
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
---@param opts { up: string, down?: string, desired?: boolean, folders?: boolean, renames?: string }
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

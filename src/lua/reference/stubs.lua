---@meta moonbird
-- What moonbird's scripts can use, for editors that read LuaLS annotations:
--
--     moonbird help lua --stubs > .moonbird/stubs.lua
--
-- Add that folder to the language server's workspace.library. "moonbird help lua" prints the same in
-- the terminal.

---What a file in migrations/ or migrations-manual/ returns.
---@class moonbird.migration
---@field up fun(db: moonbird.db, ctx: moonbird.ctx) makes the change, in one transaction
---@field down? fun(db: moonbird.db, ctx: moonbird.ctx) undoes it; or moonbird.irreversible(why)
---@field verify? fun(db: moonbird.db, ctx: moonbird.ctx) checks the result of up, in its transaction; an error, or false and the reason, rolls the migration back
---@field description? string one line that plan and manual list show
---@field requires? string[] migrations, from either folder, that must be applied first
---@field conflicts? string[] migrations, from either folder, that must not be applied at the same time as this one
---@field lock_timeout? string|integer "2s", or milliseconds
---@field statement_timeout? string|integer "5min", or milliseconds
---@field retries? integer how many times to retry after a lock timeout, a deadlock or a serialization failure
---@field transaction? boolean false: the migration consists of steps and backfills, each in its own transactions
---@field irreversible? string why the migration has no rollback
---@field shelved? string why a manual migration is kept but not used
---@field args? table<string,moonbird.argument> the parameters that --set KEY=VALUE can give
---@field backfills? table<string,moonbird.backfill> backfills by name, for db:backfill(name)

---A parameter that a script declares in `args`. Its value is in ctx.args. An option or an argument of a
---command declares its type and its default in the same way. Without a type it is a string.
---@class moonbird.argument
---@field string? boolean a string
---@field integer? boolean an integer of 64 bits
---@field number? boolean a number
---@field flag? boolean true or false; false if it is not given
---@field choice? string[] one of these strings
---@field date? boolean a date such as "2026-11-29", as a string
---@field list? boolean a list of this type: items, separated by commas, or a JSON array
---@field min? number the smallest integer or number
---@field max? number the largest integer or number
---@field default? any the value if the parameter is not given
---@field required? boolean the parameter must be given
---@field secret? boolean the value comes from MOONBIRD_SET_KEY or the terminal, and is never shown or recorded
---@field help? string one line that explains it

---A change of many rows in batches, which can be resumed. It has one of `set`, `each` and `batch`.
---@class moonbird.backfill
---@field table string the table
---@field key? string|string[] the columns of a unique index that are never NULL; the default is the primary key
---@field where? string the rows to change, in SQL
---@field set? string the change, in SQL
---@field columns? string[] the columns that `each` gets, beside the key
---@field each? fun(row: table, db: moonbird.db, ctx: moonbird.ctx): table? returns the columns to change in this row; if it returns the row, absent columns are NULL
---@field batch? fun(db: moonbird.db, lo: any, hi: any, ctx: moonbird.ctx) changes the rows with keys from lo to hi, both included
---@field target? string|integer how long a batch should take: "500ms"
---@field rows? integer the size of the first batch
---@field workers? integer the number of processes
---@field pause? fun(db: moonbird.db, ctx: moonbird.ctx): boolean waits while it returns true
---@field on_error? string "record": sets a row aside if `each` fails for it
---@field remaining? string "ok": rows that still match `where` at the end are not an error
---@field settings? table<string,string|number|boolean> settings of PostgreSQL for each batch
---@field name? string the name, if it is given to db:backfill as a table

---The connection. A script can use it until it returns. Integers, floats and booleans are Lua's own;
---json and arrays are tables; NULL is nil; everything else is a string, also numeric, dates and uuid. A row
---raises an error for a name that is not one of its columns. A JSON string or null that is a whole value
---is a moonbird.typed value.
---@class moonbird.db
---@field server_version integer such as 150004
---@field database string
---@field user string
---@field in_transaction boolean
local db = {}

---Runs SQL and returns the number of affected rows. Without values, sql can be several statements.
---@param sql string
---@param ... any values of $1, $2 ...
---@return integer affected
function db:exec(sql, ...) end

---All rows, each a table by column name, and the names of the columns in order.
---@param sql string
---@param ... any
---@return table[] rows
---@return string[] columns
function db:query(sql, ...) end

---The only row, or nil. More than one is an error.
---@param sql string
---@param ... any
---@return table? row
function db:row(sql, ...) end

---The first column of the only row, or nil. More than one row is an error.
---@param sql string
---@param ... any
---@return any value
function db:value(sql, ...) end

---Does the query return a row? PostgreSQL stops at the first one.
---@param sql string
---@param ... any
---@return boolean exists
function db:exists(sql, ...) end

---An iterator for `for row in db:rows(sql) do`, from a cursor, in constant memory. Other statements can run
---inside the loop, which does not see what they change.
---@param sql string
---@param ... any
---@return fun(): table? next
function db:rows(sql, ...) end

---Runs many statements in few round trips: db:batch(function(b) b:exec(sql, ...) end).
---@param fn fun(b: moonbird.batch)
---@return integer statements
function db:batch(fn) end

---Inserts a row or a list of rows. An absent key is DEFAULT and moonbird.null is NULL; in a row that was
---read, a column that is nil is NULL. An empty result of db:query inserts nothing; a {} of your own is an error.
---Options: returning = "*", "id" or { "id", ... }; on_conflict = "nothing" or { "email", update = { "name" } }.
---A unique index on an expression: { "tenant", expression = "lower(email)", where = "NOT deleted" }, where
---`where` is the condition of a partial index. A constraint by its name: { constraint = "users_email_key" }.
---overriding = "system" uses your values for an identity column that is GENERATED ALWAYS; "user" ignores them.
---@param table string
---@param rows table
---@param options? { returning?: string|string[], on_conflict?: string|table, overriding?: "system"|"user" }
---@return integer|table[] affected
function db:insert(table, rows, options) end

---Changes the rows for which the condition holds, and returns their number, or with options.returning the
---rows. The condition is a table of columns and the values that they must have: moonbird.null means IS NULL,
---and a list means one of its values. Or it is SQL: "n > 5", or { "n > $1 AND n < $2", 5, 9 }. "true" means
---all rows.
---@param table string
---@param set table the new values by column name
---@param where table|string
---@param options? { returning?: string|string[] }
---@return integer|table[] affected
function db:update(table, set, where, options) end

---Deletes the rows for which the condition holds, which is as in db:update, and returns their number.
---@param table string
---@param where table|string
---@param options? { returning?: string|string[] }
---@return integer|table[] affected
function db:delete(table, where, options) end

---Loads rows with COPY and returns their number. source is a list or an iterator of rows, by position or by
---name, such as legacy:rows(sql) and moonbird.csv(path). A row that the script made may have no other key
---than columns; the rows of a query or of a file may have other columns, which are not loaded. A value that is
---absent is NULL; for a column that has a default it is an error, unless the row was read.
---@param table string
---@param columns string[]
---@param source table|function
---@param ... any what an iterator's generic `for` takes beside it
---@return integer count
function db:copy(table, columns, source, ...) end

---Returns true and the results of fn. If fn raises an error: undoes what it did, and returns false and the
---error; the transaction goes on. error and assert usually raise a string; tostring(err) gives the text.
---@param fn function
---@param ... any
---@return boolean ok
---@return any results
function db:try(fn, ...) end

---Runs fn in a transaction, where none is open.
---@param fn function
---@param ... any
---@return any results
function db:transaction(fn, ...) end

---Runs fn with this schema as search_path.
---@param name string
---@param fn function
---@param ... any
---@return any results
function db:with_schema(name, fn, ...) end

---A step of a migration with transaction = false: it is done once, and later runs return the recorded result,
---which must not be a secret. If work is a string, it is one statement that cannot run in a transaction.
---@param name string
---@param work fun(): any|string
---@return any result
function db:step(name, work) end

---Runs a declared backfill, or one that is given as a table, in a migration with transaction = false.
---@param backfill string|moonbird.backfill
---@return { rows: integer, remaining: integer, set_aside: integer } result
function db:backfill(backfill) end

---Runs an SQL file of the project; the path is relative to the script.
---@param path string
---@return integer affected
function db:file(path) end

---SET LOCAL: the setting holds until the end of the transaction.
---@param name string
---@param value string|number|boolean
function db:set(name, value) end

---The columns of a table; an error if the table does not exist.
---@param table string `t` or `schema.t`, each part taken literally
---@return { name: string, type: string, nullable: boolean, default: string? }[] columns
function db:columns(table) end

---Does the table or view exist?
---@param table string
---@return boolean
function db:has_table(table) end

---Does the table have the column?
---@param table string
---@param column string
---@return boolean
function db:has_column(table, column) end

---Does the index exist?
---@param index string
---@return boolean
function db:has_index(index) end

---Does the table have the constraint?
---@param table string
---@param constraint string
---@return boolean
function db:has_constraint(table, constraint) end

---Does the table have the trigger?
---@param table string
---@param trigger string
---@return boolean
function db:has_trigger(table, trigger) end

---Does a function of this name exist?
---@param name string
---@return boolean
function db:has_function(name) end

---Does the type exist?
---@param name string
---@return boolean
function db:has_type(name) end

---Does the enum type have the value?
---@param type string
---@param value string
---@return boolean
function db:has_enum_value(type, value) end

---Does the schema exist?
---@param name string
---@return boolean
function db:has_schema(name) end

---Is the extension installed?
---@param name string
---@return boolean
function db:has_extension(name) end

---Does the role exist?
---@param name string
---@return boolean
function db:has_role(name) end

---Ends a session that moonbird.connect opened. Otherwise it ends with the script.
function db:close() end

---Quotes a name, for SQL that you build.
---@param s string
---@return string quoted
function db:escape_identifier(s) end

---Quotes a string, for SQL that you build.
---@param s string
---@return string quoted
function db:escape_literal(s) end

---SQL from a format, for statements that cannot have $1: %I is a name (`t` or `schema.t`), %L a value, %s SQL,
---and %% a percent sign. nil is NULL; a table needs moonbird.typed.
---@param format string
---@param ... any one value for each placeholder
---@return string sql
function db:format(format, ...) end

---The argument of the function that db:batch calls.
---@class moonbird.batch
local b = {}

---Adds a statement to the batch.
---@param sql string
---@param ... any
function b:exec(sql, ...) end

---The second argument of migrations, hooks and checks.
---@class moonbird.ctx
---@field name string? the name of the migration or script
---@field stream string? "auto" or "manual"
---@field direction string? "up" or "down"
---@field command string? the command that runs: "up", "redo", ...
---@field environment string? the environment of the database
---@field config table the table of moonbird.lua
---@field args table<string,any> the parameters: values of --set in the declared types, defaults and secrets; in hooks, the strings of --set
---@field plan { name: string, stream: string, direction: string }[] in hooks: the migrations that this run applies or rolls back
---@field migration moonbird.file? in a migration and its hooks: the file that runs
---@field error moonbird.error? in on_error, on_retry and on_lock_wait: what happened
---@field duration_ms number? the time since the migration, the batch or the command began
---@field attempt integer 1, and one more with each retry
---@field atomic boolean? true: the migration is one transaction; false: segments or steps
---@field dry_run boolean? in before_each: true if moonbird only plans
---@field backfill string? in before_batch and after_batch: the name of the backfill
---@field chunk integer? in both: the number of the range of the table; nil when a row that was set aside is retried
---@field rows integer? in after_batch: the number of rows in the batch
---@field statement moonbird.statement? in before_statement and after_statement: the statement
---@field database string? in before_connect: the database of the configuration that moonbird.connect opens; nil for the project's own
---@field conn string|table? in before_connect: the connection string. A hook can assign another one, or a table of parameters that replace some of its own. It is printed without passwords
local ctx = {}

---In before_each: skips the migration, which stays pending.
---@param why string
function ctx:skip(why) end

---ctx.migration: the file that runs, which on the way down can be a rollback file. A field is read from it
---when a script uses that field.
---@class moonbird.file
---@field name string the name of the migration
---@field stream string "auto" or "manual"
---@field path string the path of the file, from the project's folder
---@field format string "moonbird", or "drizzle" for a file that Drizzle's journal lists
---@field description string? its description
---@field requires string[] the migrations that it requires
---@field conflicts string[] the migrations that it conflicts with
---@field checksum string the checksum of its contents, as in `moonbird history --json`
---@field text string the whole file
---@field statements moonbird.statement[]? of an SQL file: its statements, in the part that runs; nil for Lua, whose statements are known only when it runs

---A statement of a migration.
---@class moonbird.statement
---@field path string the file that contains it; for a call of db, the script that makes the call
---@field line integer the line in which it begins; for a call of db, the line of the call
---@field kind string the words that name its command: "CREATE INDEX", also for CREATE UNIQUE INDEX; "INSERT", also after WITH
---@field concurrently boolean it is CREATE INDEX, DROP INDEX, REINDEX or DETACH PARTITION with CONCURRENTLY
---@field text string the statement, without its semicolon
---@field duration_ms number? in after_statement: the time that it took
---@field rows integer? in after_statement: the rows that it returned or changed; nil outside a transaction, in db:batch and for db:rows

---An error that moonbird raised. tostring(err) is the text that moonbird prints.
---@class moonbird.error
---@field message string
---@field sqlstate string?
---@field detail string?
---@field hint string?
---@field context string?
---@field schema string?
---@field table string?
---@field column string?
---@field constraint string?
---@field file string?
---@field line integer?
---@field sql string?
---@field position integer?
---@field kind string

---The library that every script has.
---@class moonbird
---@field null userdata NULL in arrays and JSON
---@field version string
---@field test moonbird.test only in tests/*_test.lua
moonbird = {}

moonbird.log = {}
moonbird.json = {}

---Prints a line, formatted as string.format does; not with -q.
---@param fmt string
---@param ... any
function moonbird.log.info(fmt, ...) end

---Prints a warning.
---@param fmt string
---@param ... any
function moonbird.log.warn(fmt, ...) end

---Prints an error. The script goes on.
---@param fmt string
---@param ... any
function moonbird.log.error(fmt, ...) end

---Prints a line with -v.
---@param fmt string
---@param ... any
function moonbird.log.debug(fmt, ...) end

---A value as JSON.
---@param value any
---@return string text
function moonbird.json.encode(value) end

---The value of a JSON text.
---@param text string
---@return any value
function moonbird.json.decode(text) end

---Marks a table as a JSON array, which matters when it is empty.
---@param t? table
---@return table
function moonbird.json.array(t) end

---Marks a table as a JSON object, which matters when it is empty.
---@param t? table
---@return table
function moonbird.json.object(t) end

---An exact number, for JSON and numeric. `+`, `-`, `*`, `<` and `<=` take numbers and numeric strings beside
---it; `==` takes only another decimal. d:round(places, how) rounds; how is "half_up", "half_even" or "trunc".
---@param number number|string
---@return userdata decimal
function moonbird.decimal(number) end

---A value with its PostgreSQL type. Its fields are `value` and `type`.
---@param value any
---@param type string
---@return userdata typed
function moonbird.typed(value, type) end

---The value of an environment variable, or the default, or nil.
---@param name string
---@param default? string
---@return string? value
function moonbird.env(name, default) end

---A new random UUID.
---@return string uuid
function moonbird.uuid() end

---SHA-256, in hexadecimal.
---@param s string
---@return string hex
function moonbird.sha256(s) end

---HMAC-SHA-256, in hexadecimal.
---@param key string
---@param s string
---@return string hex
function moonbird.hmac(key, s) end

---Encrypts a string with AES-256-GCM.
---@param key string
---@param s string
---@return string text
function moonbird.encrypt(key, s) end

---Decrypts what moonbird.encrypt returned; an error if the key is not the same.
---@param key string
---@param text string
---@return string s
function moonbird.decrypt(key, text) end

---Waits.
---@param seconds number
function moonbird.sleep(seconds) end

---Asks a question at the terminal. An error in a transaction, and without a terminal unless --yes is given.
---@param question string
---@return boolean yes
function moonbird.confirm(question) end

---Shows how far a long task is, at a terminal.
---@param label string
---@param total? integer
---@return moonbird.progress progress
function moonbird.progress(label, total) end

---Connects to another database, one of `databases` in moonbird.lua. The session is read-only unless the
---configuration says writable = true; then the policies of the environment apply, if it is one. What is
---written there stays if the migration fails, and is written again if the migration is retried. It is an
---error while a file is loaded: call it in a function. Option: dbname, another database of the same server.
---@param name string
---@param options? { dbname: string }
---@return moonbird.db db
function moonbird.connect(name, options) end

---The `down` of a migration that has no rollback.
---@param why string
---@return userdata irreversible
function moonbird.irreversible(why) end

---The text of a file of the project. The path is relative to the script.
---@param path string
---@return string text
function moonbird.read(path) end

---Iterates over a CSV file. Gives each row, by the names in the first line, and the number of the line where it
---begins. The path is relative to the script. Options: header = false if there are no names; delimiter, "," by
---default; null, the unquoted string that means NULL, "" by default.
---@param path string
---@param options? { header?: boolean, delimiter?: string, null?: string }
---@return fun(): table?, integer? next
function moonbird.csv(path, options) end

---Runs a program without a shell. Needs the grant "exec".
---@param argv string[]
---@param options? { stdin: string }
---@return integer status
---@return string out
---@return string err
function moonbird.exec(argv, options) end

---Writes a file of the project. Needs the grant "fs".
---@param path string
---@param text string
function moonbird.write(path, text) end

---The names in a folder of the project. Needs the grant "fs".
---@param folder string
---@return string[] names
function moonbird.list(folder) end

---Removes a file of the project. Needs the grant "fs".
---@param path string
---@return boolean was_there
function moonbird.remove(path) end

---The object that moonbird.progress returns.
---@class moonbird.progress
local progress = {}

---Counts n more.
---@param n? integer 1
function progress:add(n) end

---Ends the display.
function progress:done() end

---moonbird.test: the functions of tests/*_test.lua, which `moonbird test` runs.
---@class moonbird.test
local t = {}

---Tests one migration, in a database to which the ones before it are applied. Options: at = NAME, args, title.
---@param name string
---@param options { at?: string, args?: table<string,any>, title?: string }
---@param fn fun(m: moonbird.spec)
---@overload fun(name: string, fn: fun(m: moonbird.spec))
function t.migration(name, options, fn) end

---Tests a database at the newest version, or at = NAME.
---@param name string
---@param options { at?: string }
---@param fn fun(db: moonbird.db, ctx: moonbird.ctx)
---@overload fun(name: string, fn: fun(db: moonbird.db, ctx: moonbird.ctx))
function t.test(name, options, fn) end

---Requires that two values are equal. Tables are compared by their contents.
---@param got any
---@param wanted any
---@param what? string
function t.equal(got, wanted, what) end

---Requires a value that is neither false nor nil.
---@param value any
---@param what? string
function t.ok(value, what) end

---Requires that fn raises an error whose text contains the words. Returns the error.
---@param fn function
---@param words? string
---@return any err
function t.raises(fn, words) end

---The argument of the function of t.migration.
---@class moonbird.spec
local m = {}

---Inserts rows before the migration runs.
---@param fn fun(db: moonbird.db, ctx: moonbird.ctx)
function m:before(fn) end

---Looks at the database after the migration.
---@param fn fun(db: moonbird.db, ctx: moonbird.ctx)
function m:after(fn) end

---Requires that up, down and up give the same catalog each time. fn looks at the rows after the rollback.
---@param fn? fun(db: moonbird.db, ctx: moonbird.ctx)
function m:rolls_back(fn) end

---Requires that the migration fails with an error whose text contains the words.
---@param words? string
function m:fails(words) end

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
---@param path string relative to the project's folder
---@return string path
function command:path(path) end

---Runs another command and returns its result and exit status. An error unless the status is 0.
---@param name string
---@param opts? table
---@return any result
---@return integer status
function command:command(name, opts) end

---Runs another command in place of this one, with its output.
---@param name string
---@param opts table
---@return integer? status
function command:become(name, opts) end

---Raises an error unless a person at the terminal, or --yes, agrees.
---@param question string
function command:confirm(question) end

---Raises an error about a wrong command line: exit status 2.
---@param fmt string
---@param ... any
function command:usage(fmt, ...) end

---The arguments and options of a command, as a table.
---@param name string
---@return table description
function command:describe(name) end

---All commands as tables, and the options that all of them have.
---@return { commands: table[], options: table[] } all
function command:commands() end

---This reference as tables, and its text.
---@return table[] topics
---@return string stubs
function command:reference() end

---The chapters of the manual, in Markdown.
---@return { name: string, about: string, text: string }[] chapters
function command:manual() end

---Returns a status as a page of Markdown.
---@param status table of project:status
---@return string page
function command:status_page(status) end

---Returns the completions of the last word of a command line. ":sql:lua" means files with these endings. Needs
---project.
---@param words string[] the command line so far, without "moonbird"
---@return string[] candidates
function command:complete(words) end

---A manual page in troff.
---@param number string "1": moonbird(1), "5": moonbird(5)
---@return string page
function command:man_page(number) end

---A Lua and SQL prompt on the database.
---@param write boolean may it change anything?
---@return table console
function command:console(write) end

---Opens what a command needs: db, target, project, server, config.
---@param needs table<string,boolean> db, target, project, server, config
function command:provide(needs) end

---ctx.out: what a command prints.
---@class moonbird.out
local out = {}

---Prints a line for people; not with -q.
---@param fmt string
---@param ... any
function out:line(fmt, ...) end

---Prints what the user asked for, also with -q.
---@param text string
function out:text(text) end

---Markdown, wrapped to the width of the terminal.
---@param text string
function out:markdown(text) end

---Prints rows as a table. A column is a key of the rows, or { key, title, right = true }.
---@param rows table[]
---@param columns table
function out:table(rows, columns) end

---A duration as all commands print it; nil for nil and moonbird.null.
---@param ms? number
---@return string?
function out:time(ms) end

---Sets the document of --json. True if it was printed, so that the command prints nothing else.
---@param document any
---@return boolean? printed
function out:result(document) end

---ctx.project: what the commands do. The results are the documents that --json prints.
---@class moonbird.project
local project = {}

---The state of all migrations.
---@param options? { check: boolean }
---@return table status
function project:status(options) end

---The manual migrations, as in project:status, with the time at which each was rolled back.
---@return table[] migrations
function project:manual() end

---The files of a folder, its path, and whether it has a journal of Drizzle.
---@param stream? string "auto" or "manual"
---@return table[] files
---@return string folder
---@return boolean journal
function project:files(stream) end

---Loads a Lua migration and returns the parameters that it declares in `args`, sorted by name.
---@param path string
---@return { name: string, help: string?, values: string, flag: boolean, list: boolean, required: boolean, secret: boolean, choices: string[], default: any }[] parameters
function project:parameters(path) end

---What would run, and what the before_each hooks say to it.
---@param request { args?: table, stream?: string, to?: string, names?: string[], n?: integer, direction?: string }
---@return table plan
function project:plan(request) end

---Runs a request or a plan.
---@param request table of project:plan, or a plan
---@return table outcome
function project:apply(request) end

---Runs one script that is not a migration.
---@param path string
---@param options? { args?: table<string,any> }
---@return { file: string, statements: integer } result
function project:run(path, options) end

---Compares files and history.
---@param options? { run: boolean }
---@return table findings
function project:verify(options) end

---The events of the history, newest first; with a name, those of one migration.
---@param name? string
---@param options? { n: integer, what: string, since: string } n: only the newest n; what: a kind of event, or an outcome; since: a time, or how long ago
---@return table history
function project:history(name, options) end

---Records migrations as applied without running them.
---@param names string|string[]
---@return table result
function project:mark(names) end

---Removes migrations from the history without rolling them back.
---@param names string|string[]
---@return table result
function project:forget(names) end

---Accepts the edited files of applied migrations.
---@param names string|string[]
---@return table result
function project:repair(names) end

---Gives the row of a migration whose file was renamed its new name.
---@param old string
---@param new string
---@return table result
function project:rename(old, new) end

---Records the migrations up to a name as applied.
---@param name? string
---@param force? boolean also record what another tool's history does not list
---@return table result
function project:baseline(name, force) end

---Makes a backup with pg_dump and records it.
---@return { path: string, bytes: integer, duration_ms: number, recorded: boolean } backup
function project:backup() end

---The files in the folder of backups, newest first. The database of a file that moonbird did not make is null.
---@return { folder: string?, backups: { name: string, path: string, database: string?, made_at: string, bytes: integer }[] } list
function project:backups() end

---Deletes the backups that moonbird made and that `keep` does not keep. Without names, it deletes nothing and
---returns what it would delete.
---@param keep? string such as "7d, 4w"; default: the key `keep` of the configuration
---@param names? string[] only these may be deleted
---@return { kept: integer, deleted: table[] } pruned
function project:prune_backups(keep, names) end

---Restores a backup into a database on the server of needs.target.
---@param request { file: string, database: string, overwrite?: boolean, force?: boolean, no_owner?: boolean, dry_run?: boolean }
---@return { path: string, archive: table, before: table, duration_ms: number } restored before: the database as project:database returns it
function project:restore_backup(request) end

---The database of needs.target, if it may be dropped.
---@return { database: string, exists: boolean, target: string?, bytes: integer, tables: integer, objects: integer, sessions: integer, applied: integer, oid: string, server: string? } facts
function project:database() end

---Creates the database of needs.target if it does not exist.
---@param options? { owner?: string, template?: string }
---@return { database: string, created: boolean } result
function project:create_database(options) end

---Drops the database that project:database returned.
---@param facts table
---@param force? boolean end the sessions of others in it
---@return { database: string, dropped: boolean } result
function project:drop_database(facts, force) end

---Waits until the server of needs.target accepts connections.
---@param seconds number how long at most
---@return { exists: boolean, waited_ms: number } answer exists: the server has the database
function project:wait_for_server(seconds) end

---Runs the health checks.
---@param names? string[]
---@return { checks: table[] } verdicts
function project:checks(names) end

---Makes a file, or a folder if no text is given. False if it exists.
---@param path string
---@param text? string
---@return boolean made
function project:create(path, text) end

---Adds the lines that a file lacks. Returns their number.
---@param path string
---@param lines string[]
---@return integer added
function project:append(path, lines) end

---The backfills, or one of them, with the keys of `backfill list --json`. An unknown value is moonbird.null.
---@param name? string
---@return table[] backfills
function project:backfills(name) end

---The rows that were set aside.
---@param name string
---@return { key: any, error: string, at: string }[] rejects
function project:backfill_rejects(name) end

---Pauses, resumes or cancels a backfill.
---@param name string
---@param what string "pause", "resume" or "cancel"
---@return boolean news
function project:backfill_tell(name, what) end

---Works on a running backfill until it is done, with the parameters that it was started with.
---@param name string
---@param options? { args: table<string,any>? }
---@return integer rows
function project:backfill_join(name, options) end

---Retries the rows that were set aside, with the parameters that the backfill was started with.
---@param name string
---@param options? { args: table<string,any>? }
---@return integer done
---@return integer failed
function project:backfill_retry(name, options) end

---Leaves the rows that were set aside as they are.
---@param name string
---@return integer rows
function project:backfill_accept(name) end

---Reads the lines that a person types, for command:console.
---@param write boolean
---@return userdata input
---@return boolean terminal
function project:console(write) end

---The paths of the test files, and their folder.
---@return string[] paths
---@return string folder
function project:tests() end

---Opens a place for tests, with trial:run(path, only). The caller closes it.
---@param url? string
---@param environment? string
---@return table trial
function project:trial(url, environment) end

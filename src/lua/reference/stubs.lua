---@meta moonbird
-- What moonbird's scripts can use, for editors that read LuaLS annotations:
--
--     moonbird help lua --stubs > .moonbird/stubs.lua
--
-- and that folder in the language server's workspace.library. "moonbird help lua" prints the same
-- in the terminal.

---What a file in migrations/ or migrations-manual/ returns.
---@class moonbird.migration
---@field up fun(db: moonbird.db, ctx: moonbird.ctx) does it, in one transaction
---@field down? fun(db: moonbird.db, ctx: moonbird.ctx) takes it back; or moonbird.irreversible(why)
---@field verify? fun(db: moonbird.db, ctx: moonbird.ctx) looks after up, in its transaction: an error rolls it back
---@field description? string one line for people
---@field requires? string[] names of migrations that must be applied
---@field lock_timeout? string|integer "2s", or milliseconds
---@field statement_timeout? string|integer "5min", or milliseconds
---@field retries? integer how often it is tried again when a lock cannot be had
---@field transaction? boolean false: steps and backfills, each in transactions of its own
---@field irreversible? string why it cannot be taken back
---@field args? table<string,moonbird.argument> what --set KEY=VALUE may give
---@field backfills? table<string,moonbird.backfill> by name, for db:backfill(name)

---One that a script declares in `args`; its value is in ctx.args.
---@class moonbird.argument
---@field required? boolean it must be given
---@field secret? boolean from the environment or the terminal, and never recorded
---@field help? string one line for people

---A resumable change of many rows, in batches: `set`, `each` or `batch`.
---@class moonbird.backfill
---@field table string the table
---@field key? string|string[] any unique, ordered column or columns; the primary key
---@field where? string which rows are left to do, in SQL
---@field set? string the change, in SQL
---@field columns? string[] what `each` is given of a row; the key's columns are always there
---@field each? fun(row: table, db: moonbird.db, ctx: moonbird.ctx): table? the columns to change in this row; the row itself is NULL in what it has not
---@field batch? fun(db: moonbird.db, lo: any, hi: any, ctx: moonbird.ctx) does the rows from lo to hi
---@field target? string|integer how long a batch should take: "500ms"
---@field rows? integer of the first batch
---@field workers? integer processes
---@field pause? fun(db: moonbird.db, ctx: moonbird.ctx): boolean true: wait
---@field on_error? string "record": a row that makes `each` raise is set aside
---@field remaining? string "ok": rows that are left at the end are no error
---@field name? string where it stands in db:backfill { ... }

---The connection, lent for one call. Values come as Lua's own: integers, numbers, booleans, strings;
---json and arrays as tables; NULL as nil; numeric, dates and uuid as strings. A row raises for a name
---that is not one of its columns. A JSON string or null at the top level is a moonbird.typed.
---@class moonbird.db
---@field server_version integer 150004
---@field database string
---@field user string
---@field in_transaction boolean
local db = {}

---Affected rows. Without values the text may hold several statements.
---@param sql string
---@param ... any values of $1, $2 ...
---@return integer affected
function db:exec(sql, ...) end

---All rows, each a table by column name, and the names in order.
---@param sql string
---@param ... any
---@return table[] rows
---@return string[] columns
function db:query(sql, ...) end

---The one row, or nil; more than one is an error.
---@param sql string
---@param ... any
---@return table? row
function db:row(sql, ...) end

---The first column of the one row, or nil.
---@param sql string
---@param ... any
---@return any value
function db:value(sql, ...) end

---For a loop: `for row in db:rows(sql) do`. Constant memory whatever the size; other statements may
---run inside the loop.
---@param sql string
---@param ... any
---@return fun(): table? next
function db:rows(sql, ...) end

---Many statements in few round trips: db:batch(function(b) b:exec(sql, ...) end).
---@param fn fun(b: moonbird.batch)
---@return integer statements
function db:batch(fn) end

---One row or an array of rows. An absent key is DEFAULT, moonbird.null is NULL; in a row that was
---read, a column that is nil is NULL.
---Options: returning = "*", "id" or { "id", ... }; on_conflict = "nothing" or { "email", update = { "name" } }.
---@param table string
---@param rows table
---@param options? { returning?: string|string[], on_conflict?: string|table }
---@return integer|table[] affected
function db:insert(table, rows, options) end

---Loads rows with COPY; `source` is an array or an iterator of rows by position or by name, such as
---legacy:rows(sql) and moonbird.csv(path).
---@param table string
---@param columns string[]
---@param source table|function
---@param ... any what an iterator's generic `for` takes beside it
---@return integer count
function db:copy(table, columns, source, ...) end

---true and the results, or false and the error: what fn did is undone if it raises, and the
---transaction goes on.
---@param fn function
---@param ... any
---@return boolean ok
---@return any results
function db:try(fn, ...) end

---A transaction, where none is open.
---@param fn function
---@param ... any
---@return any results
function db:transaction(fn, ...) end

---search_path is this schema while fn runs.
---@param name string
---@param fn function
---@param ... any
---@return any results
function db:with_schema(name, fn, ...) end

---A durable step of a migration with transaction = false: done once, its result kept, which holds no secret.
---With a text: one statement that cannot run in a transaction.
---@param name string
---@param work fun(): any|string
---@return any result
function db:step(name, work) end

---Runs a declared backfill, or one that is given here, in a migration with transaction = false.
---@param backfill string|moonbird.backfill
---@return { rows: integer, remaining: integer, set_aside: integer } result
function db:backfill(backfill) end

---Runs an SQL file of the project; the path is relative to the script.
---@param path string
---@return integer affected
function db:file(path) end

---SET LOCAL: until the end of the transaction.
---@param name string
---@param value string|number|boolean
function db:set(name, value) end

---@param table string `t` or `schema.t`, each part taken literally
---@return { name: string, type: string, nullable: boolean, default: string? }[] columns
function db:columns(table) end

---@param table string
---@return boolean
function db:has_table(table) end

---@param table string
---@param column string
---@return boolean
function db:has_column(table, column) end

---@param index string
---@return boolean
function db:has_index(index) end

---@param table string
---@param constraint string
---@return boolean
function db:has_constraint(table, constraint) end

---@param table string
---@param trigger string
---@return boolean
function db:has_trigger(table, trigger) end

---@param name string
---@return boolean
function db:has_function(name) end

---@param name string
---@return boolean
function db:has_type(name) end

---@param type string
---@param value string
---@return boolean
function db:has_enum_value(type, value) end

---@param name string
---@return boolean
function db:has_schema(name) end

---@param name string
---@return boolean
function db:has_extension(name) end

---@param name string
---@return boolean
function db:has_role(name) end

---Of moonbird.connect: ends the session before the script does.
function db:close() end

---@param s string
---@return string quoted
function db:escape_identifier(s) end

---@param s string
---@return string quoted
function db:escape_literal(s) end

---What db:batch lends to its function.
---@class moonbird.batch
local b = {}

---@param sql string
---@param ... any
function b:exec(sql, ...) end

---The second argument of migrations, hooks and checks.
---@class moonbird.ctx
---@field name string? of the migration or script
---@field stream string? "auto" or "manual"
---@field direction string? "up" or "down"
---@field command string? what was typed: "up", "redo", ...
---@field environment string? which one the database is
---@field config table moonbird.lua's
---@field args table<string,string> what --set gave
---@field plan { name: string, stream: string, direction: string }[] what is to be done, in hooks
---@field error moonbird.error? what happened, in on_error, on_retry and on_lock_wait
---@field duration_ms number? since the migration, the batch or the command began
---@field attempt integer from 1
---@field atomic boolean? the migration is one transaction; false: segments or steps
---@field backfill string? in before_batch and after_batch: its name
---@field chunk integer? in both: of the table; nil for a row that was set aside, once more
---@field rows integer? in after_batch: that the batch met
---@field conn string|table? in before_connect: the connection string; another, or a table of parameters that change it, can be put there; what a hook prints or raises of it is without its passwords
local ctx = {}

---In before_each: rolls back, and leaves the migration pending.
---@param why string
function ctx:skip(why) end

---What a raised error is; tostring(err) is what would be printed.
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

---The library that all scripts have.
---@class moonbird
---@field null userdata NULL in arrays and JSON
---@field version string
---@field test moonbird.test in spec files only
moonbird = {}

moonbird.log = {}
moonbird.json = {}

---@param fmt string
---@param ... any
function moonbird.log.info(fmt, ...) end

---@param fmt string
---@param ... any
function moonbird.log.warn(fmt, ...) end

---@param fmt string
---@param ... any
function moonbird.log.error(fmt, ...) end

---Shown with -v.
---@param fmt string
---@param ... any
function moonbird.log.debug(fmt, ...) end

---@param value any
---@return string text
function moonbird.json.encode(value) end

---@param text string
---@return any value
function moonbird.json.decode(text) end

---A table that is an array also when it is empty.
---@param t? table
---@return table
function moonbird.json.array(t) end

---A table that is an object also when it is empty.
---@param t? table
---@return table
function moonbird.json.object(t) end

---A number of JSON or numeric, exact.
---@param text string
---@return userdata decimal
function moonbird.decimal(text) end

---Says outright which type a value has. Its fields `value` and `type` say both again.
---@param value any
---@param type string
---@return userdata typed
function moonbird.typed(value, type) end

---@param name string
---@param default? string
---@return string? value
function moonbird.env(name, default) end

---@return string uuid
function moonbird.uuid() end

---@param s string
---@return string hex
function moonbird.sha256(s) end

---HMAC-SHA-256.
---@param key string
---@param s string
---@return string hex
function moonbird.hmac(key, s) end

---AES-256-GCM.
---@param key string
---@param s string
---@return string text
function moonbird.encrypt(key, s) end

---@param key string
---@param text string
---@return string s
function moonbird.decrypt(key, text) end

---@param seconds number
function moonbird.sleep(seconds) end

---Asks a person; an error without a terminal unless --yes, and inside a transaction.
---@param question string
---@return boolean yes
function moonbird.confirm(question) end

---@param label string
---@param total? integer
---@return moonbird.progress progress
function moonbird.progress(label, total) end

---Another database of moonbird.lua's `databases`; read-only, whatever SQL says, unless declared writable. The policies of a writable one that is an environment are asked first.
---@param name string
---@param options? { dbname: string }
---@return moonbird.db db
function moonbird.connect(name, options) end

---`down` of a migration that cannot be taken back.
---@param why string
---@return userdata irreversible
function moonbird.irreversible(why) end

---A file of the project; the path is relative to the script.
---@param path string
---@return string text
function moonbird.read(path) end

---An iterator of rows.
---@param path string
---@param options? { header?: boolean, delimiter?: string, null?: string }
---@return fun(): table? next
function moonbird.csv(path, options) end

---With the grant "exec": runs a program, without a shell.
---@param argv string[]
---@param options? { stdin: string }
---@return integer status
---@return string out
---@return string err
function moonbird.exec(argv, options) end

---With the grant "fs".
---@param path string
---@param text string
function moonbird.write(path, text) end

---With the grant "fs".
---@param folder string
---@return string[] names
function moonbird.list(folder) end

---With the grant "fs".
---@param path string
---@return boolean was_there
function moonbird.remove(path) end

---What moonbird.progress returns.
---@class moonbird.progress
local progress = {}

---@param n? integer 1
function progress:add(n) end

function progress:done() end

---moonbird.test: what tests/*_test.lua are made of, and `moonbird test` runs.
---@class moonbird.test
local t = {}

---A spec, in a database as it is before this migration. Options: at = NAME, args, title.
---@param name string
---@param options { at?: string, args?: table<string,string>, title?: string }
---@param fn fun(m: moonbird.spec)
---@overload fun(name: string, fn: fun(m: moonbird.spec))
function t.migration(name, options, fn) end

---A test in a database at the newest version, or at = NAME.
---@param name string
---@param options { at?: string }
---@param fn fun(db: moonbird.db, ctx: moonbird.ctx)
---@overload fun(name: string, fn: fun(db: moonbird.db, ctx: moonbird.ctx))
function t.test(name, options, fn) end

---Tables by what is in them.
---@param got any
---@param wanted any
---@param what? string
function t.equal(got, wanted, what) end

---@param value any
---@param what? string
function t.ok(value, what) end

---fn raises an error whose text holds the words; the error.
---@param fn function
---@param words? string
---@return any err
function t.raises(fn, words) end

---What t.migration lends to its function.
---@class moonbird.spec
local m = {}

---Rows that are there when the migration comes.
---@param fn fun(db: moonbird.db, ctx: moonbird.ctx)
function m:before(fn) end

---Looks at the database afterwards.
---@param fn fun(db: moonbird.db, ctx: moonbird.ctx)
function m:after(fn) end

---Up, down, up: the catalog is the same each time; `fn` looks at the rows after the rollback.
---@param fn? fun(db: moonbird.db, ctx: moonbird.ctx)
function m:rolls_back(fn) end

---The migration ends with an error whose text holds the words.
---@param words? string
function m:fails(words) end

---The first argument of a command's run(ctx, opts).
---@class moonbird.command
---@field db moonbird.db the connection, where needs.db; on an environment with policies it only reads unless needs.write
---@field project moonbird.project where needs.project
---@field server table where needs.server: the project's own server
---@field out moonbird.out
---@field name string
---@field opts table the options of the command line
---@field config table moonbird.lua's
---@field environment string? which one the database is
---@field json boolean?
---@field verbose boolean?
---@field yes boolean?
local command = {}

---Result and status of another command; raises unless it is 0.
---@param name string
---@param opts? table
---@return any result
---@return integer status
function command:command(name, opts) end

---Another command in this one's place: its output is ours.
---@param name string
---@param opts table
---@return integer? status
function command:become(name, opts) end

---Raises unless a person, or --yes, agrees.
---@param question string
function command:confirm(question) end

---A wrong command line, found by the command itself: exit status 2.
---@param fmt string
---@param ... any
function command:usage(fmt, ...) end

---One command as a plain table.
---@param name string
---@return table description
function command:describe(name) end

---@return { commands: table[], options: table[] } all
function command:commands() end

---This reference as plain tables, and the text of the stubs.
---@return table[] topics
---@return string stubs
function command:reference() end

---The chapters of the manual, in Markdown.
---@return { name: string, about: string, text: string }[] chapters
function command:manual() end

---A manual page in troff.
---@param number string "1": moonbird(1), "5": moonbird(5)
---@return string page
function command:man_page(number) end

---A Lua prompt on the database.
---@param write boolean may it change anything?
---@return table console
function command:console(write) end

---@param needs table<string,boolean> db, project, server, config
function command:provide(needs) end

---ctx.out: what a command prints.
---@class moonbird.out
local out = {}

---For people; silent with --quiet.
---@param fmt string
---@param ... any
function out:line(fmt, ...) end

---What was asked for, also with --quiet.
---@param text string
function out:text(text) end

---Markdown, wrapped to the width of the terminal.
---@param text string
function out:markdown(text) end

---A column is a key of the rows, or { key, title, right = true }.
---@param rows table[]
---@param columns table
function out:table(rows, columns) end

---How long something took, as all commands write it; nil for nil and moonbird.null.
---@param ms? number
---@return string?
function out:time(ms) end

---The document of --json; true when it was printed, so that no text is needed.
---@param document any
---@return boolean? printed
function out:result(document) end

---ctx.project: each one function of the core, whose result is what --json prints.
---@class moonbird.project
local project = {}

---@param options? { check: boolean }
---@return table status
function project:status(options) end

---@param stream? string "auto" or "manual"
---@return table[] files
---@return string folder
---@return boolean journal
function project:files(stream) end

---@param request { stream?: string, to?: string, names?: string[], n?: integer, direction?: string }
---@return table plan
function project:plan(request) end

---@param request table of project:plan, or a plan
---@return table outcome
function project:apply(request) end

---One script, unrecorded.
---@param path string
---@param options? { args?: table<string,string> }
---@return { file: string, statements: integer } result
function project:run(path, options) end

---@param options? { run: boolean }
---@return table findings
function project:verify(options) end

---@param name? string
---@param limit? integer
---@return table history
function project:history(name, limit) end

---@param names string|string[]
---@return table result
function project:mark(names) end

---@param names string|string[]
---@return table result
function project:forget(names) end

---@param names string|string[]
---@return table result
function project:repair(names) end

---The row of a migration whose file was renamed, under its new name.
---@param old string
---@param new string
---@return table result
function project:rename(old, new) end

---@param name? string
---@param force? boolean also what another tool's history does not list
---@return table result
function project:baseline(name, force) end

---@return { path: string, bytes: integer, duration_ms: number, recorded: boolean } backup
function project:backup() end

---@param names? string[]
---@return { checks: table[] } verdicts
function project:checks(names) end

---A new file, or a folder where no text is given.
---@param path string
---@param text? string
---@return boolean made
function project:create(path, text) end

---Lines that a file lacks; how many they were.
---@param path string
---@param lines string[]
---@return integer added
function project:append(path, lines) end

---@param name? string
---@return table[] backfills
function project:backfills(name) end

---@param name string
---@return { key: any, error: string, at: string }[] rejects
function project:backfill_rejects(name) end

---@param name string
---@param what string "pause", "resume" or "cancel"
---@return boolean news
function project:backfill_tell(name, what) end

---This process works on it until it is done, with the arguments that it was begun with.
---@param name string
---@param options? { args: table<string,string>? }
---@return integer rows
function project:backfill_join(name, options) end

---Rows that were set aside, tried again, with the same arguments.
---@param name string
---@param options? { args: table<string,string>? }
---@return integer done
---@return integer failed
function project:backfill_retry(name, options) end

---Rows that were set aside stay as they are.
---@param name string
---@return integer rows
function project:backfill_accept(name) end

---The lines of a person at a prompt; ctx:console is made of it.
---@param write boolean
---@return userdata input
---@return boolean terminal
function project:console(write) end

---The paths of the spec files, and their folder.
---@return string[] paths
---@return string folder
function project:tests() end

---A place for specs, with trial:run(path, only), to be closed.
---@param url? string
---@param environment? string
---@return table trial
function project:trial(url, environment) end

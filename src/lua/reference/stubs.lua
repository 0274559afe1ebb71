---@meta moonbird
-- What moonbird's scripts can use, for editors that read LuaLS annotations:
--
--     moonbird help lua --stubs > .moonbird/stubs.lua
--
-- Add that folder to the language server's workspace.library. "moonbird help lua" prints the same in
-- the terminal.
--
-- The examples have the table "users" that the example of moonbird.migration creates. Without the name of
-- a file they are the body of a function, for which db, ctx, t or m is declared. The text after "-->" is
-- what they print.

---The table that a file in migrations/ or migrations-manual/ returns.
---```lua
----- migrations/0001_users.lua
---return {
---  up = function(db)
---    db:exec "CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL UNIQUE, name text)"
---    db:insert("users", {
---      { id = 1, email = "ana@example.com", name = "Ana" },
---      { id = 2, email = "bo@example.com", name = "Bo" },
---    })
---  end,
---  down = function(db) db:exec "DROP TABLE users" end,
---}
---```
---@class moonbird.migration
---@field up fun(db: moonbird.db, ctx: moonbird.ctx) makes the change, in one transaction
---@field down? fun(db: moonbird.db, ctx: moonbird.ctx) undoes it; or moonbird.irreversible(why)
---@field verify? fun(db: moonbird.db, ctx: moonbird.ctx) checks the result of up, in its transaction; an error, or false and the reason, rolls the migration back
---@field description? string one line that plan and manual list show
---@field requires? string[] migrations, from either folder, that must be applied first
---@field conflicts? string[] migrations, from either folder, that must not be applied at the same time as this one
---@field lock_timeout? string|integer "2s", or milliseconds
---@field statement_timeout? string|integer "5min", or milliseconds
---@field transaction_timeout? string|integer "1h", or milliseconds; PostgreSQL 17
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
---@field columns? string[] the columns that `each` gets, besides the key
---@field each? fun(row: table, db: moonbird.db, ctx: moonbird.ctx): table? returns the columns to change in this row; if it returns the row, absent columns are NULL
---@field batch? fun(db: moonbird.db, lo: any, hi: any, ctx: moonbird.ctx) changes the rows with keys from lo to hi, both included
---@field target? string|integer how long a batch should take: "500ms"
---@field rows? integer the size of the first batch
---@field workers? integer the number of processes
---@field pause? fun(db: moonbird.db, ctx: moonbird.ctx): boolean waits while it returns true
---@field on_error? string "record": sets a row aside if `each` fails for it
---@field remaining? string "ok": rows that still match `where` at the end are not an error
---@field settings? table<string,string|number|boolean> settings of PostgreSQL for each batch
---@field name? string the name of a backfill that is given to db:backfill as a table

---The connection. A script can use it until it returns. Integers, floats and booleans are Lua's own;
---json and arrays are tables; NULL is nil; everything else is a string, also numeric, dates and uuid. A row
---raises an error for a name that is not one of its columns. A JSON string or null that is a whole value
---is a moonbird.typed value. The examples have the table that "moonbird help lua migration" creates.
---@class moonbird.db
---@field server_version integer such as 150004
---@field database string
---@field user string
---@field in_transaction boolean
local db = {}

---Runs SQL and returns the number of affected rows. Without values, sql can be several statements.
---```lua
---print(db:exec("UPDATE users SET name = $1 WHERE id = $2", "Anna", 1))  --> 1
---```
---@param sql string
---@param ... any values of $1, $2 ...
---@return integer affected
function db:exec(sql, ...) end

---All rows, each a table by column name, and the names of the columns in order.
---```lua
---local users, columns = db:query "SELECT id, name FROM users ORDER BY id"
---print(#users, users[2].name, columns[1])  --> 2 Bo id
---```
---@param sql string
---@param ... any
---@return table[] rows
---@return string[] columns
function db:query(sql, ...) end

---The only row, or nil. More than one is an error.
---```lua
---print(db:row("SELECT email, name FROM users WHERE id = $1", 1).name)  --> Ana
---```
---@param sql string
---@param ... any
---@return table? row
function db:row(sql, ...) end

---The first column of the only row, or nil. More than one row is an error.
---```lua
---print(db:value "SELECT count(*) FROM users")  --> 2
---```
---@param sql string
---@param ... any
---@return any value
function db:value(sql, ...) end

---Does the query return a row? PostgreSQL stops at the first one.
---```lua
---print(db:exists("SELECT FROM users WHERE name = $1", "Cy"))  --> false
---```
---@param sql string
---@param ... any
---@return boolean exists
function db:exists(sql, ...) end

---An iterator for `for row in db:rows(sql) do`, from a cursor, in constant memory. Other statements can run
---inside the loop, which does not see what they change.
---```lua
---for user in db:rows "SELECT id, name FROM users ORDER BY id" do print(user.id, user.name) end
-----> 1 Ana
-----> 2 Bo
---```
---@param sql string
---@param ... any
---@return moonbird.rows rows
function db:rows(sql, ...) end

---Runs many statements in few round trips: db:batch(function(b) b:exec(sql, ...) end).
---```lua
---local n = db:batch(function(b)
---  for id = 1, 2 do b:exec("UPDATE users SET name = upper(name) WHERE id = $1", id) end
---end)
---print(n)  --> 2
---```
---@param fn fun(b: moonbird.batch)
---@return integer statements
function db:batch(fn) end

---Inserts a row or a list of rows. An absent key is DEFAULT and moonbird.null is NULL; in a row that was
---read, a column that is nil is NULL. An empty result of db:query inserts nothing; a plain {} is an error.
---Options: returning = "*", "id" or { "id", ... }; on_conflict = "nothing" or { "email", update = { "name" } }.
---A unique index on an expression: { "tenant", expression = "lower(email)", where = "NOT deleted" }, where
---`where` is the condition of a partial index. A constraint by its name: { constraint = "users_email_key" }.
---overriding = "system" uses your values for an identity column that is GENERATED ALWAYS; "user" ignores them.
---```lua
---print(db:insert("users", { { id = 3, email = "cy@example.com" }, { id = 4, email = "di@example.com" } }))  --> 2
---local rows = db:insert("users", { id = 5, email = "bo@example.com", name = "Bob" },
---  { on_conflict = { "email", update = { "name" } }, returning = { "id", "name" } })
---print(rows[1].id, rows[1].name)  --> 2 Bob
---```
---@param table string
---@param rows table
---@param options? { returning?: string|string[], on_conflict?: string|table, overriding?: "system"|"user" }
---@return integer|table[] affected
function db:insert(table, rows, options) end

---Changes the rows for which the condition holds, and returns their number, or with options.returning the
---rows. The condition is a table of columns and the values that they must have: moonbird.null means IS NULL,
---and a list means one of its values. Or it is SQL: "n > 5", or { "n > $1 AND n < $2", 5, 9 }. "true" means
---all rows.
---```lua
---print(db:update("users", { name = "Anna" }, { email = "ana@example.com" }))  --> 1
---print(db:update("users", { name = moonbird.null }, "true"))  --> 2
---```
---@param table string
---@param set table the new values by column name
---@param where table|string
---@param options? { returning?: string|string[] }
---@return integer|table[] affected
function db:update(table, set, where, options) end

---Deletes the rows for which the condition holds, and returns their number. The condition is as in db:update.
---```lua
---print(db:delete("users", { id = { 1, 5 } }))  --> 1
---print(db:delete("users", { "id > $1", 1 }, { returning = "name" })[1].name)  --> Bo
---```
---@param table string
---@param where table|string
---@param options? { returning?: string|string[] }
---@return integer|table[] affected
function db:delete(table, where, options) end

---Loads rows with COPY and returns their number. source is a list or an iterator of rows, by position or by
---name, such as legacy:rows(sql) and moonbird.csv(path). A row that the script made may have no other key
---than columns; the rows of a query or of a file may have other columns, which are not loaded. A value that is
---absent is NULL; for a column that has a default it is an error, unless the row was read.
---```lua
---print(db:copy("users", { "id", "email" }, { { 3, "cy@example.com" }, { 4, "di@example.com" } }))  --> 2
---```
---@param table string
---@param columns string[]
---@param source table|function
---@param ... any the other values that a generic `for` needs with this iterator
---@return integer count
function db:copy(table, columns, source, ...) end

---Returns true and the results of fn. If fn raises an error, db:try undoes its changes, and returns false and
---the error; the transaction continues. error and assert usually raise a string; tostring(err) gives the text.
---```lua
---local ok, err = db:try(function() db:insert("users", { id = 1, email = "cy@example.com" }) end)
---print(ok, err.sqlstate, err.constraint)  --> false 23505 users_pkey
---```
---@param fn function
---@param ... any
---@return boolean ok
---@return any results
function db:try(fn, ...) end

---Runs fn in a transaction. It is an error if one is already open.
---```lua
----- scripts/commands/capitals.lua
---return {
---  name = "capitals", needs = { db = true, write = true },
---  run = function(ctx)
---    local n = ctx.db:transaction(function() return ctx.db:exec "UPDATE users SET name = upper(name)" end)
---    print(n)  --> 2
---  end,
---}
---```
---@param fn function
---@param ... any
---@return any results
function db:transaction(fn, ...) end

---Runs fn with this schema as search_path.
---```lua
---db:exec "CREATE SCHEMA tenant_a; CREATE TABLE tenant_a.notes (note text)"
---print(db:has_table "notes")  --> false
---print(db:with_schema("tenant_a", function() return db:has_table "notes" end))  --> true
---```
---@param name string
---@param fn function
---@param ... any
---@return any results
function db:with_schema(name, fn, ...) end

---A step of a migration with transaction = false. It runs once: the history records its result, which must not be
---a secret, and later runs return that result. If work is a string, it is one statement that cannot run in a
---transaction.
---```lua
----- migrations/0002_capitals.lua
---return {
---  transaction = false,
---  up = function(db)
---    local n = db:step("names", function() return db:exec "UPDATE users SET name = upper(name)" end)
---    db:step("index", "CREATE INDEX CONCURRENTLY users_name ON users (name)")
---    print(n)  --> 2
---  end,
---}
---```
---@param name string
---@param work fun(): any|string
---@return any result
function db:step(name, work) end

---Runs a declared backfill, or a backfill given as a table, in a migration with transaction = false.
---```lua
----- migrations/0002_capitals.lua
---return {
---  transaction = false,
---  backfills = { capitals = { table = "users", set = "name = upper(name)" } },
---  up = function(db) print(db:backfill("capitals").rows) end,  --> 2
---}
---```
---@param backfill string|moonbird.backfill
---@return { rows: integer, remaining: integer, set_aside: integer } result
function db:backfill(backfill) end

---Runs an SQL file of the project; the path is relative to the script.
---```lua
----- capitals.sql
---UPDATE users SET name = upper(name);
----- example.lua
---return function(db) print(db:file "capitals.sql") end  --> 2
---```
---@param path string
---@return integer affected
function db:file(path) end

---SET LOCAL: the setting holds until the end of the transaction.
---```lua
---db:set("app.tenant", 7)
---print(db:value "SELECT current_setting('app.tenant')")  --> 7
---```
---@param name string
---@param value string|number|boolean
function db:set(name, value) end

---The columns of a table; an error if the table does not exist.
---```lua
---for _, column in ipairs(db:columns "users") do print(column.name, column.type, column.nullable) end
-----> id integer false
-----> email text false
-----> name text true
---```
---@param table string `t` or `schema.t`, each part taken literally
---@return { name: string, type: string, nullable: boolean, default: string? }[] columns
function db:columns(table) end

---Does the table or view exist?
---```lua
---print(db:has_table "users", db:has_table "public.people")  --> true false
---```
---@param table string
---@return boolean
function db:has_table(table) end

---Does the table have the column?
---```lua
---print(db:has_column("users", "email"))  --> true
---```
---@param table string
---@param column string
---@return boolean
function db:has_column(table, column) end

---Does the index exist?
---```lua
---print(db:has_index "users_pkey")  --> true
---```
---@param index string
---@return boolean
function db:has_index(index) end

---Does the table have the constraint?
---```lua
---print(db:has_constraint("users", "users_email_key"))  --> true
---```
---@param table string
---@param constraint string
---@return boolean
function db:has_constraint(table, constraint) end

---Does the table have the trigger?
---```lua
---print(db:has_trigger("users", "users_audit"))  --> false
---```
---@param table string
---@param trigger string
---@return boolean
function db:has_trigger(table, trigger) end

---Does a function of this name exist?
---```lua
---print(db:has_function "gen_random_uuid")  --> true
---```
---@param name string
---@return boolean
function db:has_function(name) end

---Does the type exist? Its name can be that of the SQL standard, with a length or [] after it.
---```lua
---print(db:has_type "uuid", db:has_type "varchar(10)[]", db:has_type "mood")  --> true true false
---```
---@param name string
---@return boolean
function db:has_type(name) end

---Does the enum type have the value?
---```lua
---db:exec "CREATE TYPE mood AS ENUM ('good', 'bad')"
---print(db:has_enum_value("mood", "good"))  --> true
---```
---@param type string
---@param value string
---@return boolean
function db:has_enum_value(type, value) end

---Does the schema exist?
---```lua
---print(db:has_schema "public")  --> true
---```
---@param name string
---@return boolean
function db:has_schema(name) end

---Is the extension installed?
---```lua
---print(db:has_extension "plpgsql")  --> true
---```
---@param name string
---@return boolean
function db:has_extension(name) end

---Does the role exist?
---```lua
---print(db:has_role "nobody")  --> false
---```
---@param name string
---@return boolean
function db:has_role(name) end

---Ends a session that moonbird.connect opened. Without this call, the session ends with the script.
---```lua
----- moonbird.lua
---return { databases = { archive = { url = env "DATABASE_URL" } } }
----- example.lua
---return function()
---  local archive = moonbird.connect "archive"
---  archive:close()
---  print(pcall(archive.value, archive, "SELECT 1"))  --> false example.lua:4: the connection is closed
---end
---```
function db:close() end

---Quotes a name, for SQL that you build.
---```lua
---print(db:escape_identifier "Two words")  --> "Two words"
---```
---@param s string
---@return string quoted
function db:escape_identifier(s) end

---Quotes a string, for SQL that you build.
---```lua
---print(db:escape_literal "o'neil")  --> 'o''neil'
---```
---@param s string
---@return string quoted
function db:escape_literal(s) end

---SQL from a format, for statements that cannot have $1: %I is a name (`t` or `schema.t`), %L a value, %s SQL,
---and %% a percent sign. nil is NULL; a table needs moonbird.typed.
---```lua
---print(db:format("ALTER TABLE %I ALTER COLUMN name SET DEFAULT %L", "users", "o'neil"))
-----> ALTER TABLE "users" ALTER COLUMN name SET DEFAULT 'o''neil'
---```
---@param format string
---@param ... any one value for each placeholder
---@return string sql
function db:format(format, ...) end

---The argument of the function that db:batch calls.
---@class moonbird.batch
local b = {}

---Adds a statement to the batch.
---```lua
---db:batch(function(b)
---  b:exec("UPDATE users SET name = $1 WHERE id = $2", "Anna", 1)
---  b:exec("DELETE FROM users WHERE id = $1", 2)
---end)
---print(db:value "SELECT string_agg(name, ', ') FROM users")  --> Anna
---```
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
---@field error moonbird.error? in on_error, on_retry and on_lock_wait: the error
---@field duration_ms number? the time since the migration, the batch or the command began
---@field attempt integer 1, and one more with each retry
---@field atomic boolean? true: the migration is one transaction; false: segments or steps
---@field dry_run boolean? in before_each: true if moonbird only plans
---@field backfill string? in before_batch and after_batch: the name of the backfill
---@field chunk integer? in before_batch and after_batch: the number of the range of the table; nil when a row that was set aside is retried
---@field rows integer? in after_batch: the number of rows in the batch
---@field statement moonbird.statement? in before_statement and after_statement: the statement
---@field database string? in before_connect: the database of the configuration that moonbird.connect opens; nil for the project's own
---@field conn string|table? in before_connect: the connection string. A hook can assign another one, or a table of parameters that replace some of its own. It is printed without passwords
local ctx = {}

---In before_each: skips the migration, which stays pending.
---```lua
----- migrations/0002_note.sql
---ALTER TABLE users ADD COLUMN note text;
----- scripts/hooks/before_each.lua
---return function(db, ctx)
---  if db:has_table "users" then
---    ctx:skip "not during the day"  --> skipped  0002_note: not during the day
---  end
---end
---```
---@param why string
function ctx:skip(why) end

---ctx.migration: the file that runs. For "down" this can be a rollback file. moonbird reads a field from the
---file when a script uses it.
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
---@field concurrently boolean true for CREATE INDEX, DROP INDEX, REINDEX or DETACH PARTITION with CONCURRENTLY
---@field text string the statement, without its semicolon
---@field duration_ms number? in after_statement: the time that the statement took
---@field rows integer? in after_statement: the rows that the statement returned or changed; nil outside a transaction, in db:batch and for db:rows

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
---```lua
---moonbird.log.info("%d of %s", 2, "users")  --> 2 of users
---```
---@param fmt string
---@param ... any
function moonbird.log.info(fmt, ...) end

---Prints a warning.
---```lua
---moonbird.log.warn("%s has no name", "bo@example.com")  --> moonbird: warning: bo@example.com has no name
---```
---@param fmt string
---@param ... any
function moonbird.log.warn(fmt, ...) end

---Prints an error. The script continues.
---```lua
---moonbird.log.error "no such user"  --> moonbird: error: no such user
---```
---@param fmt string
---@param ... any
function moonbird.log.error(fmt, ...) end

---Prints a line with -v.
---```lua
---moonbird.log.debug("%d users", db:value "SELECT count(*) FROM users")
---print "done"  --> done
---```
---@param fmt string
---@param ... any
function moonbird.log.debug(fmt, ...) end

---A value as JSON. Strings must be UTF-8; an error names the place inside of the value.
---```lua
---print(moonbird.json.encode { name = "Ana", tags = { "a", "b" } })  --> {"name":"Ana","tags":["a","b"]}
---```
---@param value any
---@return string text
function moonbird.json.encode(value) end

---The value of a JSON text.
---```lua
---print(moonbird.json.decode('{"tags": ["a", "b"]}').tags[2])  --> b
---```
---@param text string
---@return any value
function moonbird.json.decode(text) end

---Marks a table as a JSON array, which matters when it is empty.
---```lua
---print(moonbird.json.encode { tags = moonbird.json.array() })  --> {"tags":[]}
---```
---@param t? table
---@return table
function moonbird.json.array(t) end

---Marks a table as a JSON object, which matters when it is empty.
---```lua
---print(moonbird.json.encode { tags = moonbird.json.object() })  --> {"tags":{}}
---```
---@param t? table
---@return table
function moonbird.json.object(t) end

---An exact number, for JSON and numeric. The other operand of `+`, `-`, `*`, `<` and `<=` can be a number or a
---numeric string. `==` is true only for another decimal.
---```lua
---local price = moonbird.decimal "2.675"
---print(price + "0.1", price < 3, price:round(2))  --> 2.775 true 2.68
---```
---@param number number|string
---@return moonbird.decimal decimal
function moonbird.decimal(number) end

---A value with its PostgreSQL type. Its fields are `value` and `type`.
---```lua
---print(db:value("SELECT $1 || '{\"b\": 2}'", moonbird.typed({ a = 1 }, "jsonb")).b)  --> 2
---```
---@param value any
---@param type string
---@return userdata typed
function moonbird.typed(value, type) end

---The value of an environment variable, or the default, or nil.
---```lua
---print(moonbird.env("GREETING", "hello"))  --> hello
---```
---@param name string
---@param default? string
---@return string? value
function moonbird.env(name, default) end

---A new random UUID.
---```lua
---print(#moonbird.uuid())  --> 36
---```
---@return string uuid
function moonbird.uuid() end

---SHA-256, in hexadecimal.
---```lua
---print(moonbird.sha256("Ana"):sub(1, 8))  --> dea210f0
---```
---@param s string
---@return string hex
function moonbird.sha256(s) end

---HMAC-SHA-256, in hexadecimal.
---```lua
---print(moonbird.hmac("key", "Ana"):sub(1, 8))  --> 1bc1fa0d
---```
---@param key string
---@param s string
---@return string hex
function moonbird.hmac(key, s) end

---Encrypts a string with AES-256-GCM.
---```lua
---local key = ("01"):rep(32) -- 64 hex digits, or 32 bytes
---local text = moonbird.encrypt(key, "Ana")
---print(text ~= "Ana", moonbird.decrypt(key, text))  --> true Ana
---```
---@param key string
---@param s string
---@return string text
function moonbird.encrypt(key, s) end

---Decrypts what moonbird.encrypt returned; an error if the key is not the same.
---```lua
---local key = ("01"):rep(32)
---print(moonbird.decrypt(key, moonbird.encrypt(key, "Ana")))  --> Ana
---```
---@param key string
---@param text string
---@return string s
function moonbird.decrypt(key, text) end

---Waits.
---```lua
---moonbird.sleep(0.01)
---print "awake"  --> awake
---```
---@param seconds number
function moonbird.sleep(seconds) end

---Asks a question at the terminal. An error in a transaction, and without a terminal unless --yes is given.
---```lua
----- scripts/commands/ask.lua
---return {
---  name = "ask",
---  run = function() print(moonbird.confirm "Delete the old users?") end,  --> true
---}
---```
---@param question string
---@return boolean yes
function moonbird.confirm(question) end

---Shows how far a long task is, at a terminal.
---```lua
---local progress = moonbird.progress("names", 2)
---for user in db:rows "SELECT id FROM users" do
---  db:exec("UPDATE users SET name = upper(name) WHERE id = $1", user.id)
---  progress:add()
---end
---progress:done()  --> names: 2 in 5 ms
---```
---@param label string
---@param total? integer
---@return moonbird.progress progress
function moonbird.progress(label, total) end

---Connects to another database, one of `databases` in moonbird.lua. The session is read-only unless the
---configuration says writable = true; then the policies of its environment apply, if it has one. Changes there
---stay if the migration fails, and are made again if the migration is retried. Call it in a function: while a
---file is loaded, it is an error. Option: dbname, another database of the same server.
---```lua
----- moonbird.lua
---return { databases = { archive = { url = env "DATABASE_URL" } } }
----- example.lua
---return function(db)
---  local archive = moonbird.connect "archive"
---  for user in archive:rows "SELECT name FROM users ORDER BY id" do print(user.name) end
---  --> Ana
---  --> Bo
---end
---```
---@param name string
---@param options? { dbname: string }
---@return moonbird.db db
function moonbird.connect(name, options) end

---The `down` of a migration that has no rollback.
---```lua
----- migrations/0002_anonymous.lua
---return {
---  up = function(db) print(db:exec "UPDATE users SET name = NULL") end,  --> 2
---  down = moonbird.irreversible "the names are gone",
---}
---```
---@param why string
---@return userdata irreversible
function moonbird.irreversible(why) end

---The text of a file of the project. The path is relative to the script.
---```lua
---print(moonbird.read("migrations/0001_users.lua"):match "CREATE TABLE %w+")  --> CREATE TABLE users
---```
---@param path string
---@return string text
function moonbird.read(path) end

---Iterates over a CSV file. Gives each row, by the names in the first line, and the number of the line where it
---begins. The path is relative to the script. Options: header = false if there are no names; delimiter, "," by
---default; null, the unquoted string that means NULL, "" by default.
---```lua
----- people.csv
---id,email
---3,cy@example.com
---4,di@example.com
----- example.lua
---return function(db)
---  for row, line in moonbird.csv "people.csv" do print(line, row.email) end
---  --> 2 cy@example.com
---  --> 3 di@example.com
---  print(db:copy("users", { "id", "email" }, moonbird.csv "people.csv"))  --> 2
---end
---```
---@param path string
---@param options? { header?: boolean, delimiter?: string, null?: string }
---@return moonbird.rows rows
function moonbird.csv(path, options) end

---Runs a program without a shell. Needs the grant "exec".
---```lua
----- moonbird.lua
---return { grants = { ["example.lua"] = { "exec" } } }
----- example.lua
---return function()
---  local status, out = moonbird.exec({ "tr", "a-z", "A-Z" }, { stdin = "ana" })
---  print(status, out)  --> 0 ANA
---end
---```
---@param argv string[]
---@param options? { stdin: string }
---@return integer status
---@return string out
---@return string err
function moonbird.exec(argv, options) end

---Writes a file of the project. Needs the grant "fs".
---```lua
----- moonbird.lua
---return { grants = { ["example.lua"] = { "fs" } } }
----- example.lua
---return function(db)
---  moonbird.write("report.txt", db:value "SELECT count(*) FROM users" .. " users")
---  print(moonbird.read "report.txt")  --> 2 users
---end
---```
---@param path string
---@param text string
function moonbird.write(path, text) end

---The names in a folder of the project. Needs the grant "fs".
---```lua
----- moonbird.lua
---return { grants = { ["example.lua"] = { "fs" } } }
----- example.lua
---return function() print(table.concat(moonbird.list "migrations", ", ")) end  --> 0001_users.lua
---```
---@param folder string
---@return string[] names
function moonbird.list(folder) end

---Removes a file of the project. Needs the grant "fs".
---```lua
----- moonbird.lua
---return { grants = { ["example.lua"] = { "fs" } } }
----- example.lua
---return function()
---  moonbird.write("old.txt", "old")
---  print(moonbird.remove "old.txt", moonbird.remove "old.txt")  --> true false
---end
---```
---@param path string
---@return boolean was_there
function moonbird.remove(path) end

---The exact number that moonbird.decimal returns.
---@class moonbird.decimal
local d = {}

---Rounds to a number of places after the point: "half_up", "half_even" or "trunc".
---```lua
---local price = moonbird.decimal "2.665"
---print(price:round(2), price:round(2, "half_even"), price:round())  --> 2.67 2.66 3
---```
---@param places? integer 0
---@param how? "half_up"|"half_even"|"trunc"
---@return moonbird.decimal rounded
function d:round(places, how) end

---The iterator that db:rows and moonbird.csv return.
---@class moonbird.rows
---@overload fun(): table?
local rows = {}

---Ends the iterator early. A loop that reads all rows, or that break leaves, does this itself.
---```lua
---local rows = db:rows "SELECT name FROM users ORDER BY id"
---print(rows().name)  --> Ana
---rows:close()
---print(rows() == nil)  --> true
---```
function rows:close() end

---The object that moonbird.progress returns.
---@class moonbird.progress
local progress = {}

---Counts n more.
---```lua
---local progress = moonbird.progress "users"
---progress:add(2)
---print "2 users"  --> 2 users
---```
---@param n? integer 1
function progress:add(n) end

---Ends the display.
---```lua
---local progress = moonbird.progress("users", 2)
---progress:add(2)
---progress:done()  --> users: 2 in 1 ms
---```
function progress:done() end

---moonbird.test: the functions of tests/*_test.lua, which `moonbird test` runs.
---@class moonbird.test
local t = {}

---Tests one migration, in a database to which the ones before it are applied. Options: at = NAME, args, title.
---```lua
---t.migration("0001_users", function(m)
---  m:after(function(db) t.ok(db:has_table "users") end)
---end)
-----> ok  0001_users  (300 ms)
---```
---@param name string
---@param options { at?: string, args?: table<string,any>, title?: string }
---@param fn fun(m: moonbird.spec)
---@overload fun(name: string, fn: fun(m: moonbird.spec))
function t.migration(name, options, fn) end

---Tests a database at the newest version, or at = NAME.
---```lua
---t.test("there are users", function(db) t.ok(db:exists "SELECT FROM users") end)
-----> ok  there are users  (300 ms)
---```
---@param name string
---@param options { at?: string }
---@param fn fun(db: moonbird.db, ctx: moonbird.ctx)
---@overload fun(name: string, fn: fun(db: moonbird.db, ctx: moonbird.ctx))
function t.test(name, options, fn) end

---Requires that two values are equal. Tables are compared by their contents.
---```lua
---t.test("names", function(db)
---  t.equal(db:query "SELECT name FROM users ORDER BY id", { { name = "Ana" }, { name = "Cy" } })
---end)
-----> failed  names  (300 ms)
----->     tests/example_test.lua:3: test: the tables differ
----->       [2].name: got "Bo", wanted "Cy"
---```
---@param got any
---@param wanted any
---@param what? string
function t.equal(got, wanted, what) end

---Requires a value that is neither false nor nil.
---```lua
---t.test("a table", function(db) t.ok(db:has_table "people", "there are no people") end)
-----> failed  a table  (300 ms)
----->     tests/example_test.lua:2: test: there are no people
---```
---@param value any
---@param what? string
function t.ok(value, what) end

---Requires that fn raises an error whose text contains the words. Returns the error.
---```lua
---t.test("addresses are unique", function(db)
---  local again = { id = 3, email = "bo@example.com" }
---  local err = t.raises(function() db:insert("users", again) end, "duplicate key")
---  t.equal(err.constraint, "users_email_key")
---end)
-----> ok  addresses are unique  (300 ms)
---```
---@param fn function
---@param words? string
---@return any err
function t.raises(fn, words) end

---The argument of the function of t.migration.
---@class moonbird.spec
local m = {}

---Inserts rows before the migration runs.
---```lua
---m:before(function(db) t.ok(not db:has_table "users") end)  --> ok  0001_users  (300 ms)
---```
---@param fn fun(db: moonbird.db, ctx: moonbird.ctx)
function m:before(fn) end

---Looks at the database after the migration.
---```lua
---m:after(function(db) t.equal(db:value "SELECT count(*) FROM users", 2) end)  --> ok  0001_users  (300 ms)
---```
---@param fn fun(db: moonbird.db, ctx: moonbird.ctx)
function m:after(fn) end

---Requires that up, down and up give the same catalog each time. fn looks at the rows after the rollback.
---```lua
---m:rolls_back(function(db) t.ok(not db:has_table "users") end)  --> ok  0001_users  (300 ms)
---```
---@param fn? fun(db: moonbird.db, ctx: moonbird.ctx)
function m:rolls_back(fn) end

---Requires that the migration fails with an error whose text contains the words.
---```lua
---m:before(function(db) db:exec "CREATE TABLE users ()" end)
---m:fails "already exists"  --> ok  0001_users  (300 ms)
---```
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
---@return table[] topics
---@return string stubs
function command:reference() end

---The chapters of the manual, in Markdown.
---```lua
---print(ctx:manual()[1].name)  --> migrations
---```
---@return { name: string, about: string, text: string }[] chapters
function command:manual() end

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
---@param words string[] the command line so far, without "moonbird"
---@return string[] candidates
function command:complete(words) end

---A manual page in troff.
---```lua
---print(ctx:man_page("1"):match "%.TH (%w+)")  --> MOONBIRD
---```
---@param number string "1": moonbird(1), "5": moonbird(5)
---@return string page
function command:man_page(number) end

---The migration that leads from one schema to another, and its rollback, both tried in a scratch database. A source
---is "migrations", "schema", an SQL file, a folder of them, or a connection string. Needs project.
---```lua
----- schema.sql
---CREATE TABLE mottos (motto text);
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { project = true },
---  run = function(ctx)
---    print(ctx:generate { from = "migrations", to = "schema.sql" }.forward:match "CREATE TABLE [%w.]+")  --> CREATE TABLE public.mottos
---  end,
---}
---```
---@param opts { from: string, to: string }
---@return { statements: integer, forward: string, backward: string, losses: table[], write: function } made write(title) writes the files, and returns the same as new_migration
function command:generate(opts) end

---The schema of a database as a value, for difference.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true },
---  run = function(ctx)
---    print(ctx:snapshot(ctx.db).objects["TABLE public.users"].name)  --> public.users
---  end,
---}
---```
---@param db moonbird.db
---@return { objects: table<string,table>, version: integer } snapshot
function command:snapshot(db) end

---The statements that lead from one snapshot to another one, in order; none if the two are equal. A statement that
---consists of a comment and COMMIT ends the transaction of the statements before it.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true },
---  run = function(ctx)
---    local before = ctx:snapshot(ctx.db)
---    print(#ctx:difference(before, ctx:snapshot(ctx.db)))  --> 0
---  end,
---}
---```
---@param from table a snapshot
---@param to table a snapshot
---@param opts? { plain?: boolean } the short form of each change, even if it blocks a table that is in use
---@return string[] statements
function command:difference(from, to, opts) end

---Writes a first migration that makes the schema of the database, once it has done so in a scratch database. Needs
---project and db.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx) print(ctx:write_first_migration("all so far").name:match "%a.*")  --> all_so_far
---  end,
---}
---```
---@param title string
---@return { name: string, files: string[] } made
function command:write_first_migration(title) end

---How the database differs from what its applied migrations make, or with schema from the desired schema: "missing",
---"unexpected" or "changed" objects. Needs project and db.
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

---The schema of the database: sql() and mermaid() return it as text, objects() as tables. Needs project and db.
---```lua
----- scripts/commands/example.lua
---return {
---  name = "example", needs = { db = true, project = true },
---  run = function(ctx) print(ctx:dump().mermaid():match "[^\n]+")  --> erDiagram
---  end,
---}
---```
---@return { sql: function, mermaid: function, objects: function } forms
function command:dump() end

---The statements that lead from the database to the desired schema, and the data that they lose. Needs project and db.
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
---@return { statements: integer, forward: string, losses: table[] } plan
function command:push_plan() end

---Runs the statements of such a plan. Call project:allow_push first.
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
---@param plan table of push_plan
function command:push(plan) end

---The names of the losses of a plan that the words of --allow-drop do not name, as a string; nil if there are none.
---```lua
---local losses = { { name = "public.users" }, { name = "public.users.name" } }
---print(ctx:unnamed_losses(losses, { "users" }))  --> public.users.name
---```
---@param losses table[] of generate or push_plan
---@param words? string[]
---@return string? names
function command:unnamed_losses(losses, words) end

---Asks a person whether an object is renamed. nil if nobody can be asked.
---```lua
---print(ctx:ask_renamed("public.users", "public.people"))  --> nil
---```
---@param old string
---@param new string
---@return boolean? renamed
function command:ask_renamed(old, new) end

---A sentence about likely renames that nobody was asked about; nil if there are none.
---```lua
---print(ctx:rename_hint { "users=people" })  --> If these are renames, use --rename users=people.
---```
---@param likely string[] of generate or push_plan
---@return string? hint
function command:rename_hint(likely) end

---Makes the files of a new migration, with the next number. Needs project. In a folder with Drizzle's journal, an SQL
---migration gets an entry there, by journal_migration; nil and why if drizzle-kit cannot be run.
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
---@param opts { suffix: string, up: string, down?: string, manual?: boolean, desired?: boolean }
---@return { name: string, files: string[] }? made
---@return string? why
function command:new_migration(title, opts) end

---A Lua and SQL prompt on the database.
---```lua
---local console = ctx:console(false)
---print(console.terminal)  --> false
---```
---@param write boolean may it change anything?
---@return table console
function command:console(write) end

---Opens what a command needs: db, target, project, server, config.
---```lua
---ctx:provide { server = true }
---print(type(ctx.server))  --> table
---```
---@param needs table<string,boolean> db, target, project, server, config
function command:provide(needs) end

---ctx.out: what a command prints.
---@class moonbird.out
local out = {}

---Prints a line for people; not with -q.
---```lua
---ctx.out:line("%d users", ctx.db:value "SELECT count(*) FROM users")  --> 2 users
---```
---@param fmt string
---@param ... any
function out:line(fmt, ...) end

---Prints what the user asked for, also with -q.
---```lua
---ctx.out:text "Ana"  --> Ana
---```
---@param text string
function out:text(text) end

---Prints data, such as the text of a file. A file or a pipe gets it unchanged; on a terminal, control characters are
---escaped. No end of line is added.
---```lua
---ctx.out:data "Ana\n"  --> Ana
---```
---@param text string
function out:data(text) end

---Markdown, wrapped to the width of the terminal.
---```lua
---ctx.out:markdown "Two `users`."  --> Two `users`.
---```
---@param text string
function out:markdown(text) end

---Prints rows as a table. A column is a key of the rows, or { key, title, right = true }.
---```lua
---ctx.out:table(ctx.db:query "SELECT id, name FROM users ORDER BY id", { { "id", "no.", right = true }, "name" })
-----> no. name
----->   1 Ana
----->   2 Bo
---```
---@param rows table[]
---@param columns table
function out:table(rows, columns) end

---A duration as all commands print it; nil for nil and moonbird.null.
---```lua
---print(ctx.out:time(1500))  --> 1.5 s
---```
---@param ms? number
---@return string?
function out:time(ms) end

---Sets the document of --json. Returns true if it was printed: then print nothing else.
---```lua
---if not ctx.out:result { users = 2 } then print "2 users" end  --> 2 users
---```
---@param document any
---@return boolean? printed
function out:result(document) end

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

---The migrations that would run, and whether before_each hooks would skip or refuse them.
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
---@param force? boolean also record migrations that another tool's history does not list, or if it cannot be compared
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

---Writes what is applied to the history of another migration tool, so that the tool can go on alone.
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

---From now on, or no longer, moonbird.connect opens every database read-only, because migrations only run on trial.
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

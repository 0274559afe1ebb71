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

---The only column of all rows, as a list. NULL is moonbird.null. A list can be the value of $1.
---```lua
---local names = db:column "SELECT name FROM users ORDER BY id"
---print(#names, names[2])  --> 2 Bo
---print(db:exec("DELETE FROM users WHERE id = ANY ($1)", db:column "SELECT id FROM users WHERE name = 'Bo'"))  --> 1
---```
---@param sql string
---@param ... any
---@return any[] values
function db:column(sql, ...) end

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

---Inserts a row or a list of rows. An absent key is DEFAULT, and so is one that is nil: NULL is moonbird.null. In
---a row that was read, a column that is nil is NULL. An empty result of db:query inserts nothing; a plain {} is an
---error.
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
---rows. To set NULL, write moonbird.null: a column that is nil is absent, and stays as it is. The condition is a
---table of columns and the values that they must have: moonbird.null means IS NULL, and a list means one of its
---values. Or it is SQL: "n > 5", or { "n > $1 AND n < $2", 5, 9 }. "true" means all rows.
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
---name, such as legacy:rows(sql) and moonbird.csv(path). In a row that the script made, each key must be
---one of columns; the rows of a query or of a file may have other columns, which are not loaded. A value that is
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

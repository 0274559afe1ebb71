---The library that every script has. print(...) and moonbird.log write to standard error: standard output has only
---the output of the command, such as its --json document.
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

---The statements in a text of SQL, as `ctx.migration.statements` has them. The text is not run.
---```lua
---local statement = moonbird.statements "CREATE INDEX users_name ON users (name)"[1]
---print(statement.kind, statement.tree.tag, statement.tree.relation.relname)  --> CREATE INDEX IndexStmt users
---```
---@param sql string
---@param path? string the path of the file, for errors
---@return moonbird.statement[] statements
function moonbird.statements(sql, path) end

---HMAC-SHA-256, in hexadecimal.
---```lua
---print(moonbird.hmac("key", "Ana"):sub(1, 8))  --> 1bc1fa0d
---```
---@param key string
---@param s string
---@return string hex
function moonbird.hmac(key, s) end

---Encrypts a string with AES-256-GCM. The result is text: the Base64 of the nonce (12 bytes), the ciphertext
---and the tag (16 bytes), which other libraries can decrypt.
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

---Waits for this many seconds.
---```lua
---moonbird.sleep(0.01)
---print "awake"  --> awake
---```
---@param seconds number
function moonbird.sleep(seconds) end

---Asks a question at the terminal. It raises an error in a transaction, and without a terminal unless --yes is given.
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
---default; null, the unquoted string that means NULL, "" by default; on_error, a function for rows that are wrong.
---
---A row is wrong if it has more or fewer fields than the first line, a quote in the wrong place, or bytes that are
---not UTF-8. A blank line is such a row too, also at the end of the file, as for COPY; with a single column it is a
---row. The loop ends there with an error. With on_error(text, line, message), it goes on with the next line: text is
---the row as the file has it. Its bytes may not be UTF-8: moonbird.typed(text, "bytea") keeps them, and
---convert_from($1, 'WIN1252') reads them in another encoding. A quote that is never closed is an error in any case.
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
---Collects the wrong rows:
---```lua
----- people.csv
---id,email
---5,eve@example.com
---6,fay@example.com,Oslo
----- example.lua
---return function(db)
---  local rejects = {}
---  local function reject(text, line, message)
---    rejects[#rejects + 1] = { line = line, text = text, why = message }
---  end
---  print(db:copy("users", { "id", "email" }, moonbird.csv("people.csv", { on_error = reject })))  --> 1
---  for _, r in ipairs(rejects) do print(r.line, r.text, r.why) end
---  --> 3 6,fay@example.com,Oslo the row has the wrong number of fields: 3 instead of 2
---end
---```
---@param path string
---@param options? { header?: boolean, delimiter?: string, null?: string, on_error?: fun(text: string, line: integer, message: string) }
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

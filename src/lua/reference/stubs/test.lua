---moonbird.test: the functions of tests/*_test.lua, which `moonbird test` runs.
---@class moonbird.test
local t = {}

---Tests one migration, in a database to which the ones before it are applied. Options: at = NAME, title, and args, the
---values of parameters, for all migrations that name them.
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

---Tests a database at the newest version, or at = NAME; args as for t.migration.
---```lua
---t.test("there are users", function(db) t.ok(db:exists "SELECT FROM users") end)
-----> ok  there are users  (300 ms)
---```
---@param name string
---@param options { at?: string, args?: table<string,any> }
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

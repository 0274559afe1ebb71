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

---Requires that the migration calls ctx:skip with a reason that contains the words.
---```lua
---m:skips "there are no users"
-----> failed  0001_users  (300 ms)
----->     tests/example_test.lua:2: up: it was applied, but should have been skipped
---```
---@param words? string
function m:skips(words) end

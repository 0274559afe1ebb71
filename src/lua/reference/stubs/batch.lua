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

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

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

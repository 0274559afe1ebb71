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

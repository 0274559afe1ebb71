-- pick.lua: random choices.

local pick = {}

function pick.chance(percent) return math.random(100) <= percent end

-- An item of a list; nil if it is empty.
function pick.one(list) return list[#list > 0 and math.random(#list) or 1] end

-- At least `least` and at most `most` different items of a list, in a random order.
function pick.some(list, least, most)
  local rest, chosen = table.move(list, 1, #list, 1, {}), {}
  for i = 1, math.min(math.random(least, most), #rest) do chosen[i] = table.remove(rest, math.random(#rest)) end
  return chosen
end

-- The value, or nil.
function pick.maybe(percent, value) return pick.chance(percent) and value or nil end

return pick

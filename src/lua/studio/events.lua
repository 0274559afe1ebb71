-- events.lua: what pages that show events of the history share.

local events = {}

local function is_known(value) return value ~= nil and value ~= moonbird.null end

-- The page of the event's migration, for the `link` of a column; nil if the event is about none.
function events.migration(event)
  if is_known(event.stream) and is_known(event.name) then return "migration", { name = event.name, stream = event.stream } end
end

return events

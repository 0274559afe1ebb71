-- index_rule(ctx, statement) raises an error if the statement would block bookings: CREATE INDEX locks
-- its table against writes, CREATE INDEX CONCURRENTLY does not.

local busy = { users = true, events = true, schedules = true, meetings = true }

-- The migrations before 0018 are older than the rule.
local function applies(ctx)
  return ctx.stream == "auto" and ctx.direction == "up" and ctx.name >= "0018"
end

return function(ctx, statement)
  if not applies(ctx) or statement.kind ~= "CREATE INDEX" or statement.concurrently then return end
  local name = statement.text:lower():match "%son%s+([%w_]+)"
  if busy[name] then
    error {
      message = "CREATE INDEX would block everyone who writes to " .. name,
      hint = "Use CREATE INDEX CONCURRENTLY.",
      file = statement.path, line = statement.line,
    }
  end
end

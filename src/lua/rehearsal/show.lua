-- show.lua: a rehearsal for people.

local core = ...
local sizes = core.require "lint.sizes"

local function folded(sql)
  local line = sql:gsub("%s+", " ")
  return #line > 100 and line:sub(1, 97) .. "..." or line
end

local function figures(out, statement)
  local parts = { out:time(statement.duration_ms) }
  if statement.rows ~= moonbird.null and statement.rows > 0 then
    parts[#parts + 1] = ("%d row%s"):format(statement.rows, statement.rows == 1 and "" or "s")
  end
  return table.concat(parts, ", ")
end

local function lock_line(statement, lock)
  local until_when = statement.outside_transaction and "" or " until the end of the transaction"
  local blocks = lock.blocks ~= moonbird.null and ("; blocks %s"):format(lock.blocks) or ""
  local size = lock.size ~= moonbird.null and (" (%s)"):format(sizes.short(lock.size)) or ""
  return ("          locks %s%s: %s%s%s"):format(lock.relation, size, lock.mode, until_when, blocks)
end

local function show_statement(out, statement)
  out:text(("%5d %s  -- %s"):format(statement.line, folded(statement.sql), figures(out, statement)))
  for _, lock in ipairs(statement.locks) do out:text(lock_line(statement, lock)) end
  for _, name in ipairs(statement.rewritten) do out:text(("          rewrites %s"):format(name)) end
  for _, name in ipairs(statement.indexes) do out:text(("          builds the index %s"):format(name)) end
end

local function rollback_line(rollback)
  return rollback.ok and "the rollback leads back to the same schema" or rollback.message
end

return function(out, steps)
  for _, step in ipairs(steps) do
    out:text(step.direction .. "  " .. step.name)
    for _, statement in ipairs(step.statements) do show_statement(out, statement) end
    for _, broken in ipairs(step.broken and step.broken ~= moonbird.null and step.broken or {}) do
      out:text(("      breaks %s: %s"):format(folded(broken.query), broken.message))
    end
    if step.rollback and step.rollback ~= moonbird.null then out:text("      " .. rollback_line(step.rollback)) end
  end
end

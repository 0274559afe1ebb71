-- show.lua: a rehearsal for people.

local core = ...
local words = core.require "rehearsal.words"

local WIDTH = 100 -- of a statement

local function show_statement(out, statement)
  out:text(("%5d %s  -- %s"):format(statement.line, words.folded(statement.sql, WIDTH), words.figures(out, statement)))
  for _, line in ipairs(words.lines(out, statement)) do out:text("          " .. line) end
end

return function(out, steps)
  for _, step in ipairs(steps) do
    out:text(step.direction .. "  " .. step.name)
    for _, statement in ipairs(step.statements) do show_statement(out, statement) end
    for _, broken in ipairs(words.list(step.broken)) do
      out:text(("      breaks %s: %s"):format(words.folded(broken.query, WIDTH), broken.message))
    end
    for _, line in ipairs(words.rollback(step.rollback)) do out:text("      " .. line) end
  end
end

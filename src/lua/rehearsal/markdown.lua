-- markdown.lua: a rehearsal as a page for a pull request.

local core = ...
local words = core.require "rehearsal.words"

local WIDTH = 200 -- of a statement

-- SQL in a cell of a table: GitHub takes a backslash before a pipe out of code, too.
local function code(sql)
  local text = words.folded(sql, WIDTH):gsub("|", "\\|")
  local fence = "`"
  while text:find(fence, 1, true) do fence = fence .. "`" end
  local space = (text:find "^`" or text:find "`$") and " " or ""
  return fence .. space .. text .. space .. fence
end

local function plain(text) return (text:gsub("[\\`*_<>|%[%]]", "\\%0"):gsub("%s+", " ")) end

local function statement_row(out, statement)
  local lines = words.lines(out, statement)
  for i, line in ipairs(lines) do lines[i] = plain(line) end
  out:text(("| %d | %s | %s | %s |"):format(statement.line, code(statement.sql), words.figures(out, statement),
                                           table.concat(lines, "<br>")))
end

return function(out, steps)
  for _, step in ipairs(steps) do
    out:text(("### %s %s\n"):format(step.direction, plain(step.name)))
    if #step.statements > 0 then out:text "| line | statement | time | tables that existed before |\n|---:|---|---|---|" end
    for _, statement in ipairs(step.statements) do statement_row(out, statement) end
    if #step.statements > 0 then out:text "" end
    for _, broken in ipairs(words.list(step.broken)) do
      out:text(("- breaks %s: %s"):format(code(broken.query), plain(broken.message)))
    end
    for _, line in ipairs(words.rollback(step.rollback)) do out:text(("- %s\n"):format(plain(line))) end
  end
end

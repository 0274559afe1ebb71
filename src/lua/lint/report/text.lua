-- text.lua: findings for people: place, severity, rule, the source line with a caret, and the safe way.

local function source_line(found)
  local statement, n = found.text, found.line
  if not statement then return nil end
  local i = statement.line
  for line in (statement.text .. "\n"):gmatch "([^\n]*)\n" do
    if i == n then return line, i == statement.line and (statement.column or 1) - 1 or 0 end
    i = i + 1
  end
end

local MOST = 160          -- characters of a line that are shown
local BEFORE = 60         -- of them, those before the finding

-- The byte where character `n` begins; the end of the line if it has fewer.
local function byte_of(line, n)
  if not utf8.len(line) then return math.min(n, #line + 1) end
  return utf8.offset(line, n) or #line + 1
end

-- The part of a long line round the column, and the column there.
local function part_of(line, column)
  local length = utf8.len(line) or #line
  if length <= MOST then return line, column end
  local first = math.max(1, math.min(column - BEFORE, length - MOST + 1))
  local part = line:sub(byte_of(line, first), byte_of(line, first + MOST) - 1)
  if first + MOST <= length then part = part .. "…" end
  if first > 1 then return "…" .. part, column - first + 2 end
  return part, column
end

local function show_source(out, found)
  local line, before = source_line(found)
  if not line then return end
  local part, column = part_of(line, found.column - before)
  out:text("    " .. part:gsub("\t", " "))
  if column > 0 then out:text("    " .. (" "):rep(column - 1) .. "^") end
end

local function indented(text) return "    " .. text:gsub("\n", "\n    ") end

-- Prints a report; `verbose`: with the safe way of every finding, not only of the first of its rule.
return function(out, report, verbose)
  local explained = {}
  for _, found in ipairs(report.findings) do
    out:text(("%s:%d:%d: %s: %s [%s]"):format(found.file, found.line, found.column, found.severity, found.message, found.rule))
    show_source(out, found)
    if found.fix and (verbose or not explained[found.rule]) then out:text(indented(found.fix)) end
    explained[found.rule] = true
  end
end

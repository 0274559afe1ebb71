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

local function show_source(out, found)
  local line, before = source_line(found)
  if not line then return end
  out:text("    " .. line:gsub("\t", " "))
  local column = found.column - before
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

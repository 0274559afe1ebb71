-- junit.lua: findings as JUnit XML: a test case for each file, with a failure for each finding that is not a note.

local escapes = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

-- XML has no other control characters than these three.
local function xml(text) return (tostring(text):gsub('[&<>"]', escapes):gsub("[%z\1-\8\11\12\14-\31]", "?")) end

local function failure(found)
  return ('    <failure type="%s" message="%s">%s:%d:%d: %s</failure>'):format(
    xml(found.rule), xml(found.message), xml(found.file), found.line, found.column, xml(found.severity))
end

return function(report)
  local lines, failures = {}, {}
  for _, found in ipairs(report.findings) do
    if found.severity ~= "note" then
      failures[found.file] = failures[found.file] or {}
      table.insert(failures[found.file], failure(found))
    end
  end
  local failed = 0
  for _, path in ipairs(report.paths) do
    local of = failures[path]
    failed = failed + (of and 1 or 0)
    lines[#lines + 1] = ('  <testcase classname="lint" name="%s"%s'):format(xml(path), of and ">" or "/>")
    if of then lines[#lines + 1] = table.concat(of, "\n") .. "\n  </testcase>" end
  end
  return ('<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="moonbird lint" tests="%d" failures="%d">\n%s\n</testsuite>')
    :format(#report.paths, failed, table.concat(lines, "\n"))
end

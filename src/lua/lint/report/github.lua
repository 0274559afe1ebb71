-- github.lua: findings as workflow commands of GitHub Actions, which shows them beside the lines of a pull request.

local commands = { error = "error", warning = "warning", note = "notice" }

-- The characters that end a message or a property ("Workflow commands for GitHub Actions").
local escapes = { ["%"] = "%25", ["\r"] = "%0D", ["\n"] = "%0A", [":"] = "%3A", [","] = "%2C" }

local function message(text) return (text:gsub("[%%\r\n]", escapes)) end
local function property(text) return (tostring(text):gsub("[%%\r\n:,]", escapes)) end

return function(report)
  local lines = {}
  for i, found in ipairs(report.findings) do
    lines[i] = ("::%s file=%s,line=%d,col=%d,title=%s::%s"):format(
      commands[found.severity], property(found.file), found.line, found.column, property(found.rule), message(found.message))
  end
  return table.concat(lines, "\n")
end

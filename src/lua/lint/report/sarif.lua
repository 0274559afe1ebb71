-- sarif.lua: findings as SARIF 2.1.0 (Static Analysis Results Interchange Format, an OASIS standard).

local levels = { error = "error", warning = "warning", note = "note" }

local function descriptor(rule)
  return { id = rule.id, shortDescription = { text = rule.summary }, fullDescription = { text = rule.why },
           help = { text = rule.fix }, defaultConfiguration = { level = levels[rule.severity] } }
end

-- A path as a reference of RFC 3986, which is what SARIF asks for.
local function uri(path)
  return (path:gsub("[^%w%-._~/]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local function result(found)
  return { ruleId = found.rule, level = levels[found.severity], message = { text = found.message },
           locations = moonbird.json.array { {
             physicalLocation = { artifactLocation = { uri = uri(found.file) },
                                  region = { startLine = found.line, startColumn = found.column } } } } }
end

-- The text of a SARIF log with one run.
return function(report)
  local rules, results = moonbird.json.array(), moonbird.json.array()
  for i, rule in ipairs(report.rules) do rules[i] = descriptor(rule) end
  for i, found in ipairs(report.findings) do results[i] = result(found) end
  return moonbird.json.encode {
    ["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json", version = "2.1.0",
    runs = moonbird.json.array { {
      tool = { driver = { name = "moonbird", version = moonbird.version, rules = rules } }, columnKind = "unicodeCodePoints",
      results = results } },
  }
end

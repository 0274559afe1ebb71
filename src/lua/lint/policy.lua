-- policy.lua: refuses to run migrations in which lint finds an error, for an environment with lint = "error".

local core = ...
local lint = core.require "lint.lint"

local MOST_SHOWN = 5

return function(config, database, all, migrations)
  local lines, errors = {}, 0
  for _, found in ipairs(lint.sources(config, database, all, migrations).findings) do
    if found.severity == "error" then
      errors = errors + 1
      if errors <= MOST_SHOWN then
        lines[errors] = ("%s:%d:%d: %s [%s]"):format(found.file, found.line, found.column, found.message, found.rule)
      end
    end
  end
  if errors == 0 then return end
  if errors > MOST_SHOWN then lines[#lines + 1] = ("and %d more"):format(errors - MOST_SHOWN) end
  core.fail("policy", ("these migrations: lint finds %d error%s"):format(errors, errors == 1 and "" or "s"),
            "moonbird lint --explain RULE shows the safe way. To accept a statement as it is, write a comment above it: " ..
            "-- lint: ignore RULE REASON.", nil, table.concat(lines, "\n"))
end

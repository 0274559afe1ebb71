local function failure_of_file(path, err)
  return {
    name = path, file = path, line = err.line, ok = false, duration_ms = 0, skipped = moonbird.null,
    failure = { phase = "load", message = err.message or tostring(err), detail = err.detail, hint = err.hint,
                file = err.file, line = err.line },
  }
end

-- A file that does not load counts as a failed test; the other files still run.
local function run_file(trial, path, only)
  local ok, results = pcall(trial.run, trial, path, only)
  return ok and results or { failure_of_file(path, results) }
end

-- A program that reads TAP would read a name with several lines as several results.
local function name_of(result) return (result.name:gsub("%s*[\r\n]%s*", " ")) end

-- "file:line: phase: message", with the known parts of the place; then the detail and the hint.
local function explain(failure)
  local lines = {}
  local place = failure.file and failure.file .. ": " or ""
  if failure.line then place = ("%s:%d: "):format(failure.file, failure.line) end
  for line in (place .. failure.phase .. ": " .. failure.message):gmatch "[^\n]+" do lines[#lines + 1] = line end
  for _, key in ipairs { "detail", "hint" } do
    for line in (failure[key] or ""):gmatch "[^\n]+" do lines[#lines + 1] = "  " .. line end
  end
  return lines
end

-- Reporters: one result, then the end. ---------------------------------------

local people = {}

-- Why the migration was skipped.
local function skipped(result)
  return result.skipped ~= moonbird.null and "  skipped: " .. result.skipped:gsub("%s+", " ") or ""
end

function people.result(out, result)
  if result.ok then return out:line("ok      %s  (%s)%s", name_of(result), out:time(result.duration_ms), skipped(result)) end
  out:text(("failed  %s  (%s)"):format(name_of(result), out:time(result.duration_ms)))
  for _, line in ipairs(explain(result.failure)) do out:text("        " .. line) end
end

function people.finish(out, document)
  out:line("%d passed, %d failed", document.passed, document.failed)
end

local tap = {}

function tap.result(out, result, n)
  out:text(("%s %d - %s"):format(result.ok and "ok" or "not ok", n, (name_of(result):gsub("#", "\\#"))))
  if result.ok then return end
  out:text "  ---"
  out:text("  message: |\n    " .. table.concat(explain(result.failure), "\n    "))
  out:text "  ..."
end

function tap.finish(out, document) out:text("1.." .. #document.tests) end

local silent = { result = function() end, finish = function() end }

local function run_all(ctx, trial, paths, only, reporter)
  local document = { tests = moonbird.json.array(), passed = 0, failed = 0 }
  for _, path in ipairs(paths) do
    local results = run_file(trial, path, only)
    if #results == 0 and not only then moonbird.log.info("note: %s has no tests", path) end
    for _, result in ipairs(results) do
      document.tests[#document.tests + 1] = result
      local count = result.ok and "passed" or "failed"
      document[count] = document[count] + 1
      reporter.result(ctx.out, result, #document.tests)
    end
  end
  return document
end

return {
  name    = "test",
  summary = "run the project's migration tests on a throw-away server",
  chapter = "testing",
  needs   = { project = true },
  args    = { { name = "files", label = "file", many = true, file = { "lua" }, help = "test files; default: tests/*_test.lua" } },
  options = {
    set = { arg = "KEY=VALUE", pairs = true, help = "the value of a parameter, for the migrations that name it" },
    only = { arg = "TEXT", prose = true, help = "run only tests whose names contain TEXT" },
    tap  = { flag = true, help = "print TAP, for other programs" },
  },

  run = function(ctx, opts)
    local paths, folder = opts.files, nil
    if #paths == 0 then paths, folder = ctx.project:tests() end
    if #paths == 0 and opts.only then
      ctx:usage("no test has \"%s\" in its name: no file matches %s/*_test.lua", opts.only, folder)
    end
    local reporter = ctx.json and silent or opts.tap and tap or people
    if opts.tap and not ctx.json then ctx.out:text "TAP version 13" end
    if #paths == 0 and reporter == people then return ctx.out:line("no tests: no file matches %s/*_test.lua", folder) end
    local trial <close> = #paths > 0 and ctx.project:trial(opts.database, opts.env, { args = opts.set }) or nil
    local document = run_all(ctx, trial, paths, opts.only, reporter)
    if #document.tests == 0 and opts.only then ctx:usage("no test has \"%s\" in its name", opts.only) end
    reporter.finish(ctx.out, document)
    ctx.out:result(document)
    return document.failed > 0 and 1 or 0
  end,
}

local function place(finding)
  if finding.file == moonbird.null then return "" end
  return table.concat({ finding.file, finding.line, finding.column }, ":") .. ": "
end

local MOST_LINES = 60 -- of a difference, without -v

local function show_diff(out, diff, most)
  local n = 0
  for line in diff:gmatch "([^\n]*)\n?" do
    n = n + (line == "" and 0 or 1)
    if line ~= "" and n <= most then out:text("    " .. line) end
  end
  if n > most then out:text(("    ... and %d more lines; -v shows them"):format(n - most)) end
end

-- Twelve digits of a checksum are enough for a person, as of a commit; --json has all.
local function shorten(text)
  return (text:gsub(("%x"):rep(64), function(sum) return sum:sub(1, 12) end))
end

local function show(out, finding, verbose)
  out:text(place(finding) .. finding.message)
  if finding.detail ~= moonbird.null then out:text("    " .. shorten(finding.detail)) end
  if finding.diff then show_diff(out, finding.diff, verbose and math.huge or MOST_LINES) end
  if finding.hint ~= moonbird.null then out:text("    " .. finding.hint:gsub("\n", "\n    ")) end
end

local function summary(report, ran)
  local n = #report.findings
  local parts = { report.checked .. " checked" }
  if ran then parts[2] = ("%d verify function%s run"):format(report.verified, report.verified == 1 and "" or "s") end
  parts[#parts + 1] = n == 1 and "1 finding" or (n == 0 and "no" or n) .. " findings"
  return table.concat(parts, ", ")
end

return {
  name    = "verify",
  summary = "compare files and history, and report what is changed, missing or half applied",
  chapter = "recovery",
  needs   = { project = true, db = true },
  options = {
    set = { arg = "KEY=VALUE", pairs = true, help = "with --run: the value of a parameter; default: the one with which the migration was applied" },
    run = { flag = true, help = "also run the verify functions of applied migrations, read-only" },
  },

  run = function(ctx, opts)
    if opts.set and not opts.run then ctx:usage "--set is only for --run" end
    local report = ctx.project:verify { run = opts.run, args = opts.set }
    ctx:show_notes()
    if not ctx.out:result(report) then
      for _, finding in ipairs(report.findings) do show(ctx.out, finding, ctx.verbose) end
      ctx.out:line("%s", summary(report, opts.run))
    end
    if #report.findings > 0 then return 4 end
  end,
}

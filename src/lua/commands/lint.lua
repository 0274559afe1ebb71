local function plural(n, word) return ("%d %s%s"):format(n, word, n == 1 and "" or "s") end

local function count(report)
  local counts = { error = 0, warning = 0, note = 0 }
  for _, found in ipairs(report.findings) do counts[found.severity] = counts[found.severity] + 1 end
  return counts
end

local function summary(report, counts)
  local checked = plural(report.files, "file") .. " checked"
  if #report.findings == 0 then return checked .. ", nothing found" end
  return ("%s: %s, %s, %s"):format(checked, plural(counts.error, "error"), plural(counts.warning, "warning"),
                                   plural(counts.note, "note"))
end

-- What --json prints.
local function document(report, counts)
  local findings = moonbird.json.array()
  for i, found in ipairs(report.findings) do
    findings[i] = { rule = found.rule, aliases = moonbird.json.array(found.aliases), severity = found.severity,
                    file = found.file, line = found.line, column = found.column, message = found.message,
                    fix = found.fix or moonbird.null }
  end
  return { files = report.files, statements = report.statements, errors = counts.error, warnings = counts.warning,
           notes = counts.note, findings = findings }
end

local function examples(title, list)
  if not list or #list == 0 then return "" end
  local parts = { "\n## " .. title .. "\n" }
  for _, sql in ipairs(list) do parts[#parts + 1] = ("\n```sql\n%s\n```\n"):format(sql) end
  return table.concat(parts)
end

local function page(rule)
  local also = #rule.aliases > 0 and ("\nAlso called %s.\n"):format(table.concat(rule.aliases, ", ")) or ""
  return ("# %s\n\n%s (%s)\n%s\n%s\n\n## The safe way\n\n%s\n%s%s"):format(
    rule.id, rule.summary, rule.severity, also, rule.why, rule.fix, examples("Found", rule.bad), examples("Not found", rule.good))
end

local function list_rules(ctx)
  local rows, shown = {}, moonbird.json.array()
  for i, rule in ipairs(ctx:lint_rules()) do
    rows[i] = { rule = rule.id, group = rule.group, severity = rule.severity, summary = rule.summary }
    shown[i] = { rule = rule.id, aliases = moonbird.json.array(rule.aliases), group = rule.group, severity = rule.severity,
                 summary = rule.summary }
  end
  if not ctx.out:result { rules = shown } then ctx.out:table(rows, { "rule", "group", "severity", "summary" }) end
end

return {
  name    = "lint",
  summary = "check migrations for statements that block other sessions, rewrite tables or lose data",
  chapter = "lint",
  needs   = { project = true, anywhere = true },
  args    = { { name = "files", label = "file", many = true, file = { "sql", "lua" }, help = "check these files; default: the migrations that are not applied" } },
  options = {
    all = { flag = true, help = "also check applied migrations" },
    since = { arg = "NAME", help = "check only the migrations after this one" },
    git = { arg = "REVISION", help = "check only the migrations whose files are new or changed since this revision of git" },
    format = { choice = { "text", "sarif", "github", "junit" }, arg = "FORMAT", default = "text", help = "print the findings as text, SARIF, annotations for GitHub Actions, or JUnit XML" },
    rules = { flag = true, help = "list the rules" },
    explain = { arg = "RULE", help = "show what a rule finds, why, and the safe way" },
  },

  run = function(ctx, opts)
    if opts.rules then return list_rules(ctx) end
    if opts.explain then return ctx.out:markdown(page(ctx:lint_rules(opts.explain))) end
    if #opts.files > 0 and (opts.all or opts.since or opts.git) then
      ctx:usage "files cannot be combined with --all, --since or --git"
    end
    local report = ctx:lint { files = opts.files, all = opts.all, since = opts.since, git = opts.git }
    local counts = count(report)
    if not ctx.out:result(document(report, counts)) then
      ctx:show_lint(report, opts.format)
      if opts.format == "text" then ctx.out:line("%s", summary(report, counts)) end
    end
    if counts.error > 0 then return 4 end
  end,
}

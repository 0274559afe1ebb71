local function plural(n, word) return ("%d %s%s"):format(n, word, n == 1 and "" or "s") end

local function summary(report, which)
  if report.files == 0 and #which.files == 0 and not (which.all or which.since or which.git) then
    return "no migration is pending, so no file was checked; --all also checks the applied ones"
  end
  local checked, counts = plural(report.files, "file") .. " checked", report.counts
  if #report.findings == 0 then return checked .. ", nothing found" end
  return ("%s: %s, %s, %s"):format(checked, plural(counts.error, "error"), plural(counts.warning, "warning"),
                                   plural(counts.note, "note"))
end

-- What --json prints.
local function document(report, fixed)
  local findings, counts = moonbird.json.array(), report.counts
  for i, found in ipairs(report.findings) do
    findings[i] = { rule = found.rule, aliases = moonbird.json.array(found.aliases), severity = found.severity,
                    file = found.file, line = found.line, column = found.column, message = found.message,
                    fix = found.fix or moonbird.null }
  end
  return { files = report.files, statements = report.statements, errors = counts.error, warnings = counts.warning,
           notes = counts.note, findings = findings, fixed = fixed and fixed.fixed, kept = fixed and fixed.kept }
end

local function examples(title, list)
  if not list or #list == 0 then return "" end
  local parts = { "\n## " .. title .. "\n" }
  for _, each in ipairs(list) do
    local sql = type(each) == "table" and ("-- %s\n%s"):format(each.path, each[1]) or each
    parts[#parts + 1] = ("\n```sql\n%s\n```\n"):format(sql)
  end
  return table.concat(parts)
end

local function rewrites(list)
  local parts = {}
  for i, each in ipairs(list or {}) do
    parts[i] = ("%s\n```sql\n%s\n```\n\nbecomes\n\n```sql\n%s\n```\n"):format(i == 1 and "\n## With --fix\n" or "", each[1], each[2])
  end
  return table.concat(parts)
end

local function page(rule)
  local also = #rule.aliases > 0 and ("\nAlso called %s.\n"):format(table.concat(rule.aliases, ", ")) or ""
  return ("# %s\n\n%s (%s)\n%s\n%s\n\n## The safe way\n\n%s\n%s%s%s"):format(
    rule.id, rule.summary, rule.severity, also, rule.why, rule.fix, examples("Found", rule.bad), examples("Not found", rule.good),
    rewrites(rule.rewrites))
end

-- What --json prints of a rule.
local function shown_rule(rule)
  return { rule = rule.id, aliases = moonbird.json.array(rule.aliases), group = rule.group, severity = rule.severity,
           summary = rule.summary }
end

local function list_rules(ctx)
  local rows, shown = {}, moonbird.json.array()
  for i, rule in ipairs(ctx:lint_rules()) do
    rows[i] = { rule = rule.id, group = rule.group, severity = rule.severity, summary = rule.summary }
    shown[i] = shown_rule(rule)
  end
  if not ctx.out:result { rules = shown } then ctx.out:table(rows, { "rule", "group", "severity", "summary" }) end
end

local function explain(ctx, name)
  local rules, shown = { ctx:lint_rules(name) }, moonbird.json.array()
  for i, rule in ipairs(rules) do
    shown[i] = shown_rule(rule)
    shown[i].why, shown[i].fix = rule.why, rule.fix
  end
  if ctx.out:result { rules = shown } then return end
  for _, rule in ipairs(rules) do ctx.out:markdown(page(rule)) end
end

local function say_kept(result)
  for _, each in ipairs(result.kept) do
    moonbird.log.info("note: %s:%d:%d: %s is not rewritten: %s", each.file, each.line, each.column, each.rule, each.why)
  end
  for _, name in ipairs(result.unknown) do
    moonbird.log.warn("environment \"%s\" could not be asked which migrations are applied there", name)
  end
end

-- Shows the rewrites, and writes them: what the files still have, and the keys of --json.
local function fix(ctx, opts, which)
  local result, fixed, kept = ctx:lint_fix(which), moonbird.json.array(), moonbird.json.array()
  for _, file in ipairs(result.files) do ctx.out:text((file.diff:gsub("\n$", ""))) end
  say_kept(result)
  if #result.files > 0 and not opts.dry_run then
    ctx:confirm(("Write %s?"):format(plural(#result.files, "file")), "--dry-run only shows the difference.")
    result.write(ctx)
  end
  for i, file in ipairs(result.files) do
    fixed[i] = { file = file.path or moonbird.null, rules = moonbird.json.array(file.rules), diff = file.diff }
    if not opts.dry_run then ctx.out:line("written %s", file.path) end
  end
  for i, each in ipairs(result.kept) do kept[i] = each end
  return result.after, { fixed = fixed, kept = kept }
end

return {
  name    = "lint",
  summary = "check migrations for statements that block other sessions, rewrite tables or lose data",
  chapter = "lint",
  needs   = { project = true, anywhere = true },
  args    = { { name = "files", label = "file", many = true, file = { "sql", "lua" }, help = "the files to check; default: the migrations that are not applied" } },
  options = {
    all = { flag = true, help = "also check applied migrations" },
    since = { arg = "NAME", help = "check only the migrations after this one" },
    git = { arg = "REVISION", help = "check only the migrations whose files are new or changed since this revision of git" },
    format = { choice = { "text", "sarif", "github", "junit" }, arg = "FORMAT", default = "text", help = "print the findings as text, SARIF, annotations for GitHub Actions, or JUnit XML" },
    fix = { flag = true, help = "rewrite what has one safe form, in migrations that are not applied" },
    dry_run = { flag = true, help = "with --fix: only show the difference" },
    rules = { flag = true, help = "list the rules" },
    explain = { arg = "RULE", suggests = "rules", help = "show what a rule finds, why, and the safe way" },
  },

  run = function(ctx, opts)
    if opts.rules then return list_rules(ctx) end
    if opts.explain then return explain(ctx, opts.explain) end
    if #opts.files > 0 and (opts.all or opts.since or opts.git) then
      ctx:usage "files cannot be combined with --all, --since or --git"
    end
    if opts.dry_run and not opts.fix then ctx:usage "--dry-run needs --fix" end
    if opts.fix and opts.format ~= "text" then ctx:usage "--fix cannot be combined with --format" end
    local which, fixed = { files = opts.files, all = opts.all, since = opts.since, git = opts.git }, nil
    local report
    if opts.fix then report, fixed = fix(ctx, opts, which) else report = ctx:lint(which) end
    if not ctx.out:result(document(report, fixed)) then
      ctx:show_lint(report, opts.format)
      if opts.format == "text" then ctx.out:line("%s", summary(report, which)) end
    end
    if report.counts.error > 0 or opts.dry_run and #fixed.fixed > 0 then return 4 end
  end,
}

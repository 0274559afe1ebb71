local marks = { "changed", "missing", "out_of_order", "orphan" }

-- A field that only manual migrations have.
local function text(item, field)
  return item[field] ~= moonbird.null and item[field] or nil
end

-- As in the list of backfills: the process of a migration that is stopped is gone.
local function state(item)
  local runner = item.state == "running" and text(item, "runner")
  if item.state ~= "pending" then return runner and not runner.alive and "stopped" or item.state end
  return (item.orphan or item.left_out) and "-" or text(item, "shelved") and "shelved" or text(item, "excluded_by") and "conflicts" or item.state
end

-- Adds why a pending migration does not run.
local function add_reasons(list, item)
  list[#list + 1] = text(item, "shelved")
  list[#list + 1] = text(item, "excluded_by") and "with " .. item.excluded_by or nil
  list[#list + 1] = text(item, "lacks") and "needs " .. item.lacks or nil
end

local function notes(item)
  local list = {}
  if item.state == "pending" then add_reasons(list, item) end
  for i = 1, #marks do
    if item[marks[i]] then list[#list + 1] = (marks[i]:gsub("_", " ")) end
  end
  if item.hidden then list[#list + 1] = "left out: " .. item.hidden end
  if item["repeat"] then list[#list + 1] = "changed, runs again" end
  if item.left_out then
    list[#list + 1] = item.replaced_by and "replaced by " .. item.replaced_by or "only for an empty history"
  end
  if item.renamed_from then list[#list + 1] = "same as " .. item.renamed_from end
  list[#list + 1] = item.progress
  return table.concat(list, ", ")
end

local columns = { "state", "name", { "applied_at", "applied at" }, { "time", "time", right = true }, "notes" }

local function show(ctx, title, items)
  if #items == 0 then return end
  local rows = {}
  for i, item in ipairs(items) do
    local applied = item.state == "applied"
    rows[i] = {
      state = state(item),
      name = item.name,
      applied_at = applied and item.applied_at or nil,
      time = ctx.out:time(item.duration_ms),
      notes = notes(item),
    }
  end
  ctx.out:text(title)
  ctx.out:table(rows, columns)
  ctx.out:text ""
end

local function show_findings(out, findings)
  for _, finding in ipairs(findings) do
    local file = finding.file ~= moonbird.null and finding.file .. ": " or ""
    out:text("found: " .. file .. finding.message)
  end
end

-- Manual migrations are never pending for up: those that can be applied are counted apart.
local function count(report)
  local left = 0
  for _, item in ipairs(report.manual) do
    if state(item) == "pending" and not item.missing then left = left + 1 end
  end
  return report.pending .. " pending" .. (left > 0 and (" (%d manual not applied)"):format(left) or "")
end

return {
  name    = "status",
  summary = "show what is applied, pending, failed, changed or missing",
  chapter = "migrations",
  needs   = { project = true, db = true },
  options = {
    markdown = { flag = true, help = "print a page of Markdown, which you can commit or post" },
    check = { flag = true, help = "exit status 3 if a migration is pending, 4 if verify finds something" },
  },

  run = function(ctx, opts)
    local report = ctx.project:status { check = opts.check }
    ctx:show_notes()
    if ctx.out:result(report) then
      -- printed
    elseif opts.markdown then
      ctx.out:text(ctx:status_page(report))
    else
      local environment = ctx.environment and ", environment " .. ctx.environment or ""
      ctx.out:line("%s%s\n", report.database, environment)
      if report.format ~= moonbird.null then ctx.out:line("format: %s\n", report.format) end
      show(ctx, "auto", report.auto)
      show(ctx, "manual", report.manual)
      show_findings(ctx.out, report.findings or {})
      ctx.out:text(count(report))
    end
    if not opts.check then return end
    if #report.findings > 0 then return 4 end
    if report.pending > 0 then return 3 end
  end,
}

local null = moonbird.null

local function title(step)
  return ("%s  %s%s%s"):format(step.direction, step.name, step.resume and "  (resumed)" or "",
                               step.atomic and "" or "  *not atomic*")
end

-- A part of a migration that failed or was interrupted may have begun, but nobody works on it.
local function words(state) return state == "running" and "started, but not finished" or state end

local function show_backfill(out, part)
  local key = #part.key > 0 and " by " .. table.concat(part.key, ", ") or ""
  local workers = part.workers > 1 and (", %d workers"):format(part.workers) or ""
  local state = part.state ~= null and ": " .. words(part.state) or ""
  out:text(("      backfill %s of %s%s%s%s"):format(part.name, part.table, key, workers, state))
end

-- A rollback rarely runs the backfills that the migration declares, so only those that began are its parts.
local function show_parts(out, step)
  for _, part in ipairs(step.steps) do
    out:text(("      step %s: %s"):format(part.name, words(part.state)))
  end
  for _, part in ipairs(step.backfills) do
    if step.direction == "up" or part.state ~= null then show_backfill(out, part) end
  end
end

-- The decision of the project's before_each hooks.
local function show_hooks(out, step)
  if step.skipped ~= null then out:text("      skipped: " .. step.skipped) end
  local why = step.refused
  if why == null then return end
  local place = why.file ~= null and why.file .. ":" or ""
  if why.line ~= null then place = place .. why.line .. ":" end
  out:text("      refused: " .. (place .. " " .. why.message):gsub("^ ", ""))
  if why.hint ~= null then out:text("      hint: " .. why.hint) end
end

-- What the policies would do now. A policy that refuses is not a note: something must change before up can run.
local function show_policies(out, policies)
  for _, policy in ipairs(policies) do
    out:text((policy.refused and "refused: " or "note: ") .. policy.message)
    if policy.detail ~= null then out:text("      " .. policy.detail) end
    if policy.hint ~= null then out:text("      hint: " .. policy.hint) end
  end
end

-- The exit status is 4 if a policy or a hook would refuse to run, unless only a window is closed: it opens by itself.
local function status_of(plan)
  for _, policy in ipairs(plan.policies) do
    if policy.refused then return 4 end
  end
  for _, step in ipairs(plan.steps) do
    if step.refused ~= null then return 4 end
  end
end

-- The description of the file, and its relations to other migrations.
local function show_directives(out, step)
  if step.description ~= null then out:text("      " .. step.description) end
  if step.direction == "down" then return end
  if step.shelved ~= null then out:text("      shelved, and needs --yes: " .. step.shelved) end
  if #step.requires > 0 then out:text("      requires " .. table.concat(step.requires, ", ")) end
  if #step.conflicts > 0 then out:text("      conflicts with " .. table.concat(step.conflicts, ", ")) end
  if step.verify then out:text "      its function verify checks the result" end
end

local origins = { default = "  (default)", applied = "  (as it was applied)" }

local function show_parameters(out, step)
  for _, parameter in ipairs(step.parameters) do
    local text = "is not given"
    if parameter.secret then text = "is a secret"
    elseif parameter.value ~= null then text = "= " .. parameter.value .. (origins[parameter.origin] or "")
    elseif parameter.required then text = "is missing" end
    out:text(("      parameter %s %s"):format(parameter.name, text))
  end
end

local function statement_text(statement)
  local text = ("%5d %s"):format(statement.line, statement.sql)
  if statement.outside_transaction then text = text .. "  (outside a transaction)" end
  return statement.expect == null and text or text .. "  -- expect: " .. statement.expect
end

-- Most files have one statement.
local function show_statements(out, statements)
  local n = #statements
  if n == 1 then return out:text(statement_text(statements[1])) end
  local lines = {}
  for i = 1, n do lines[i] = statement_text(statements[i]) end
  if n > 0 then out:text(table.concat(lines, "\n")) end
end

local function show_step(out, step)
  out:text(title(step))
  show_directives(out, step)
  show_parameters(out, step)
  if step.lua then
    out:text(("      Lua: its %s are known only when it runs"):format(step.steps and "steps" or "statements"))
  end
  if step.steps then show_parts(out, step) end
  show_hooks(out, step)
  show_statements(out, step.statements)
end

-- A manual migration needs its folder's name in front, because up and down never run manual migrations.
local function request_of(opts)
  local manual = opts.stream == "manual" or opts.direction ~= "redo" and (opts.name or ""):find "^manual/"
  return {
    stream = manual and "manual" or nil, names = manual and (opts.names or { opts.name }) or nil,
    to = not manual and opts.name or nil, direction = opts.direction, n = opts.n, partial = opts.partial,
    again = opts.again, restart = opts.restart, args = opts.set,
    single_transaction = opts.single_transaction, force_empty_history = opts.force_empty_history,
  }
end

return {
  name    = "plan",
  summary = "show what up would do, statement by statement; nothing is executed",
  chapter = "migrations",
  needs   = { project = true, db = true },
  args    = { { name = "name", migration = "planned", help = "up to and including this migration; or manual/NAME" } },
  options = {
    set = { arg = "KEY=VALUE", pairs = true, help = "pass a parameter to the hooks, as up does, and with --trace to the migrations that name it" },
    trace = { flag = true, help = "run the migrations in a scratch database, and show what each statement locks and rewrites" },
    markdown = { flag = true, help = "with --trace: print a page for a pull request" },
    queries = { arg = "FILE", file = { "sql" }, help = "with --trace: show which of these queries would fail afterwards; FILE can be pg_stat_statements, for those that the database has seen" },
    sample = { arg = "N", integer = true, min = 1, help = "with --trace: first copy N rows of each table to the scratch database, and the rows that they reference" },
    n = { short = "n", arg = "N", integer = true, min = 1, help = "at most N migrations" },
    single_transaction = { flag = true, help = "apply all in one transaction; refuse files that cannot be in it" },
    force_empty_history = { flag = true, help = "apply migrations although the database has tables and no history" },
  },

  run = function(ctx, opts)
    local plan = ctx.project:plan(request_of(opts))
    for _, name in ipairs(opts.trace and {} or { "queries", "sample", "markdown" }) do
      if opts[name] then ctx:usage(("--%s is only for --trace"):format(name)) end
    end
    if opts.trace then plan.trace = ctx:rehearse(plan, { queries = opts.queries, sample = opts.sample, set = opts.set }) end
    if ctx.out:result(plan) then return status_of(plan) end
    for _, note in ipairs(plan.notes) do ctx.out:line("note: %s", note) end
    show_policies(ctx.out, plan.policies)
    if opts.trace then
      ctx:show_rehearsal(plan.trace, opts.markdown and "markdown")
    else
      for _, step in ipairs(plan.steps) do show_step(ctx.out, step) end
    end
    if #plan.steps == 0 then ctx.out:line "nothing to do" end
    return status_of(plan)
  end,
}

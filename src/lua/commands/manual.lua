local columns = { "state", "name", { "applied_at", "applied at" }, "description", "notes" }

local function text(value)
  return value ~= moonbird.null and value or nil
end

-- A more exact state than that of the history, which is only pending, applied, running or failed.
local function state_of(item)
  if item.missing then return item.state .. ", missing" end
  if item.changed then return item.state .. ", changed" end
  if item.state ~= "pending" then return item.state end
  return text(item.shelved) and "shelved" or text(item.excluded_by) and "conflicts"
    or text(item.rolled_back_at) and "rolled back" or "pending"
end

local function notes_of(item)
  local notes = { item.progress }
  notes[#notes + 1] = item.state == "pending" and text(item.shelved) or nil
  notes[#notes + 1] = text(item.excluded_by) and "with " .. item.excluded_by or nil
  notes[#notes + 1] = text(item.lacks) and "needs " .. item.lacks or nil
  notes[#notes + 1] = text(item.invalid)
  return table.concat(notes, "; ")
end

-- Can the migration be applied? It cannot if it is applied, missing, shelved or excluded.
local function is_left(item)
  return item.state ~= "applied" and not item.missing and not text(item.shelved) and not text(item.excluded_by)
end

local function list(ctx, left)
  local items = moonbird.json.array()
  for _, item in ipairs(ctx.project:manual()) do
    if not left or is_left(item) then items[#items + 1] = item end
  end
  ctx:show_notes()
  if ctx.out:result { manual = items } then return end
  local rows = {}
  for i, item in ipairs(items) do
    rows[i] = {
      state = state_of(item), name = item.name, applied_at = item.applied_at,
      description = text(item.description), notes = notes_of(item),
    }
  end
  ctx.out:table(rows, columns)
end

local function count(result)
  local done, word = result.applied or result.rolled_back, result.applied and "applied" or "rolled back"
  local skipped = #result.skipped > 0 and (", %d skipped"):format(#result.skipped) or ""
  return ("%d %s%s"):format(#done, word, skipped)
end

local function apply(ctx, opts, direction)
  if #opts.names == 0 then ctx:usage("name the migrations to %s", opts.action) end
  if opts.dry_run then
    return ctx:become("plan", {
      stream = "manual", direction = direction, names = opts.names, again = opts.again, set = opts.set,
      restart = opts.restart, partial = opts.partial,
    })
  end
  local result = ctx:apply({
    stream = "manual", direction = direction, names = opts.names, again = opts.again, args = opts.set,
    outside_window = opts.outside_window, restart = opts.restart, partial = opts.partial,
  }, count)
  if ctx.out:result(result) then return end
  if #(result.applied or result.rolled_back) + #result.skipped > 0 then
    ctx.out:line("%s", count(result))
  else
    ctx.out:line "nothing to do"
  end
end

-- The options of each action.
local allowed = {
  list = { "pending" }, apply = { "set", "dry_run", "again", "restart" }, rollback = { "set", "dry_run", "partial" },
}

local function check_options(ctx, opts)
  for _, name in ipairs { "set", "dry_run", "again", "restart", "partial", "pending" } do
    local known = false
    for _, each in ipairs(allowed[opts.action]) do known = known or each == name end
    if opts[name] and not known then ctx:usage("manual %s does not take --%s", opts.action, (name:gsub("_", "-"))) end
  end
end

return {
  name    = "manual",
  summary = "list, apply or roll back manual migrations",
  chapter = "manual-migrations",
  needs   = { project = true, db = true, write = true },
  args    = {
    { name = "action", required = true, choice = { "list", "apply", "rollback" }, help = "what to do" },
    { name = "names", label = "name", many = true, migration = "manual",
      help = "migrations by name, number or unique prefix" },
  },
  options = {
    set = { arg = "KEY=VALUE", pairs = true, help = "pass a parameter: ctx.args.KEY in Lua, current_setting('moonbird.KEY') in SQL" },
    pending = { flag = true, help = "with list: only what can be applied now" },
    dry_run = { flag = true, help = "with apply and rollback: show what would run and change nothing" },
    again = { flag = true, help = "with apply: run it again although it is applied" },
    restart = { arg = "NAME", help = "with apply: start this half-applied migration over" },
    partial = { flag = true, help = "with rollback: also roll back a half-applied migration; its whole rollback runs" },
  },

  run = function(ctx, opts)
    check_options(ctx, opts)
    if opts.action == "apply" then return apply(ctx, opts, "up") end
    if opts.action == "rollback" then return apply(ctx, opts, "down") end
    if #opts.names > 0 then ctx:usage "manual list does not take names" end
    list(ctx, opts.pending)
  end,
}

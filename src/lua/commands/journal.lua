local function time(when)
  return os.date("!%Y-%m-%dT%H:%M:%S", when // 1000) .. (".%03dZ"):format(when % 1000)
end

local function from_to(old, new)
  return old == new and new or ("%s -> %s"):format(old, new)
end

-- One row for each entry that changes.
local function show(ctx, found)
  local rows = {}
  for i, item in ipairs(found.changes) do
    rows[i] = {
      change = item.change, tag = item.tag, idx = from_to(item.old_idx, item.idx),
      when = from_to(time(item.old_when), time(item.when)),
    }
  end
  if #rows > 0 then ctx.out:table(rows, { "change", "tag", "idx", "when" }) end
end

-- A database that has applied an entry under its old time would apply it again.
local function question(found)
  local later = {}
  for _, item in ipairs(found.changes) do
    if item.when ~= item.old_when then later[#later + 1] = item.tag end
  end
  if #later == 0 then return ("Write %s?"):format(found.path) end
  return ("Write %s? No other database may have applied %s, because the time changes."):format(found.path, table.concat(later, ", "))
end

return {
  name    = "journal",
  summary = "repair Drizzle's journal after a merge or rebase",
  chapter = "formats",
  needs   = { project = true, db = true },
  args    = { { name = "action", required = true, choice = { "fix" }, help = "what to do" } },

  options = {
    check = { flag = true, help = "change nothing; exit with status 4 if the journal needs a repair" },
    keep  = { choice = { "ours", "theirs" }, default = "ours", arg = "SIDE", help = "of a conflict: the side whose entries come first and keep their times (ours is HEAD)" },
  },

  run = function(ctx, opts)
    local found = ctx.project:journal(opts.keep)
    local shown = ctx.out:result(found)
    if not shown then show(ctx, found) end
    if found.right then
      if not shown then ctx.out:line("%s needs no repair", found.path) end
      return
    end
    if opts.check then return 4 end
    ctx:confirm(question(found))
    ctx.project:journal(opts.keep, found.checksum)
    if not shown then ctx.out:line("wrote  %s", found.path) end
  end,
}

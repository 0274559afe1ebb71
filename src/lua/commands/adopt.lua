local words = {
  recorded = "recorded", applied = "applied", changed = "changed since", half = "half applied",
  skipped = "skipped", pending = "pending", left_out = "left out", missing = "no file", unread = "unreadable",
}
local fits = { recorded = true, applied = true, pending = true, left_out = true }

-- Shows how the migrations fit the tool's history. The exit status is 4 if one does not fit.
local function check(ctx, tool)
  local found = ctx.project:compare_tool(tool)
  local wrong = 0
  for _, item in ipairs(found.migrations) do
    if not fits[item.state] then wrong = wrong + 1 end
    item.at = item.at or moonbird.null
  end
  if not ctx.out:result(found) then
    local rows = {}
    for i, item in ipairs(found.migrations) do
      rows[i] = { state = words[item.state], name = item.name, at = item.at ~= moonbird.null and item.at or "" }
    end
    if #rows > 0 then ctx.out:table(rows, { "state", "name", { "at", "applied at" } }) end
    ctx.out:line(wrong == 0 and "the files fit %s" or "%s: %d migration%s not fit", found.table, wrong,
                 wrong == 1 and " does" or "s do")
  end
  return wrong > 0 and 4 or nil
end

return {
  name    = "adopt",
  summary = "start with a database that another tool has migrated: record what it applied",
  chapter = "recovery",
  needs   = { project = true, db = true, write = true },
  args    = { { name = "tool", help = "the tool, such as drizzle, prisma, flyway, goose or dbmate; default: the one whose history is in the database" } },

  options = {
    check = { flag = true, help = "change nothing; exit with status 4 if a migration does not fit the tool's history" },
    force = { flag = true, help = "also record migrations whose files have changed since that tool applied them, and leave out rows that cannot be read" },
  },

  run = function(ctx, opts)
    if opts.check then return check(ctx, opts.tool) end
    local result = ctx.project:adopt(opts.tool, opts.force)
    if ctx.out:result(result) then return end
    for _, item in ipairs(result.marked) do ctx.out:line("adopted  %s/%s", item.stream, item.name) end
    ctx.out:line("%d adopted, %d pending", #result.marked, result.pending)
  end,
}

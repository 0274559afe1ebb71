local words = {
  listed = "listed", write = "to be written", left_out = "left out", pending = "pending", missing = "no file",
  half = "half applied", ahead = "not in moonbird", unfit = "does not fit",
}
local fits = { listed = true, write = true, left_out = true, pending = true }

-- Shows what would be written. The exit status is 4 if a migration does not fit the tool's history.
local function check(ctx, tool)
  local found = ctx.project:compare_ejection(tool)
  local wrong, write = 0, 0
  for _, item in ipairs(found.migrations) do
    if not fits[item.state] then wrong = wrong + 1 end
    if item.state == "write" then write = write + 1 end
  end
  if not ctx.out:result(found) then
    local rows = {}
    for i, item in ipairs(found.migrations) do rows[i] = { state = words[item.state], name = item.name } end
    if #rows > 0 then ctx.out:table(rows, { "state", "name" }) end
    ctx.out:line("%s%s: %d to be written, %d %s not fit", found.table,
      found.exists and "" or ", which does not exist yet", write, wrong, wrong == 1 and "does" or "do")
  end
  return wrong > 0 and 4 or nil
end

return {
  name    = "eject",
  summary = "go back to another tool: write what is applied to that tool's history",
  chapter = "recovery",
  needs   = { project = true, db = true, write = true },
  args    = { { name = "tool", required = true, help = "the tool: drizzle, prisma, flyway, goose, golang-migrate, dbmate, node-pg-migrate or sqlx" } },

  options = {
    check = { flag = true, help = "change nothing; exit with status 4 if a migration does not fit the tool's history" },
  },

  run = function(ctx, opts)
    if opts.check then return check(ctx, opts.tool) end
    local result = ctx.project:eject(opts.tool)
    if ctx.out:result(result) then return end
    for _, item in ipairs(result.ejected) do ctx.out:line("ejected  %s/%s", item.stream, item.name) end
    ctx.out:line("%d ejected, %d pending", #result.ejected, result.pending)
  end,
}

-- lint: what `moonbird lint` finds in the migrations that are not applied, in one of their files, or in those that a plan has.

return {
  title = "Lint",
  menu  = "overview",

  data = function(_, ctx, query)
    local rows, files = {}, query.file and { [query.file] = true } or query.pending and ctx.studio.use "pending".files(ctx, query.pending)
    for _, found in ipairs(ctx:lint {}.findings) do
      if not files or files[found.file] then
        rows[#rows + 1] = { severity = found.severity, place = ("%s:%d"):format(found.file, found.line), message = found.message,
                            rule = found.rule, fix = found.fix }
      end
    end
    return { findings = rows }
  end,

  show = {
    { "table", data = "findings", empty = "The linter finds nothing.", columns = {
      { "severity", "severity", format = "state" }, { "place", "place", format = "code" }, { "message", "finding" },
      { "fix", "what to do", format = "text" }, { "rule", "rule", format = "code" },
    } },
  },
}

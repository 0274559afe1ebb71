return {
  name    = "backup",
  summary = "make a backup with pg_dump and record it",
  chapter = "recovery",
  needs   = { project = true, db = true },

  run = function(ctx)
    local backup = ctx.project:backup()
    if ctx.out:result(backup) then return end
    ctx.out:line("%s  (%.1f MB)", backup.path, backup.bytes / 1e6)
    if not backup.recorded then ctx.out:line "not recorded: the database has no moonbird history" end
  end,
}

local actions = {}

local function size(bytes) return ("%.1f MB"):format(bytes / 1e6) end

function actions.make(ctx)
  ctx:provide { db = true }
  local backup = ctx.project:backup()
  if ctx.out:result(backup) then return end
  ctx.out:line("%s  (%s)", backup.path, size(backup.bytes))
  if not backup.recorded then ctx.out:line "not recorded: the database has no moonbird history" end
end

local columns = { { "made_at", "made" }, "database", { "size", "size", right = true }, "name" }

local function rows(files)
  local list = {}
  for i, file in ipairs(files) do
    list[i] = { made_at = file.made_at, database = file.database, size = size(file.bytes), name = file.name }
  end
  return list
end

function actions.list(ctx)
  local found = ctx.project:backups()
  if ctx.out:result(found) then return end
  if #found.backups == 0 then return ctx.out:line "no backups" end
  ctx.out:line("%s", found.folder)
  ctx.out:table(rows(found.backups), columns)
end

-- Deletes only the backups that were shown.
local function delete(ctx, opts, files)
  local names = {}
  for i, file in ipairs(files) do names[i] = file.name end
  ctx:confirm(("Delete %s?"):format(#names == 1 and "this backup" or ("these %d backups"):format(#names)))
  return ctx.project:prune_backups(opts.keep, names)
end

function actions.prune(ctx, opts)
  local plan = ctx.project:prune_backups(opts.keep)
  if #plan.deleted == 0 or opts.dry_run then
    if ctx.out:result(plan) then return end
  else
    ctx.out:table(rows(plan.deleted), columns)
    plan = delete(ctx, opts, plan.deleted)
    if ctx.out:result(plan) then return end
  end
  if opts.dry_run and #plan.deleted > 0 then ctx.out:table(rows(plan.deleted), columns) end
  ctx.out:line(opts.dry_run and "%d would be deleted, %d kept" or "%d deleted, %d kept", #plan.deleted, plan.kept)
end

local function question(look)
  local before = look.before
  return ("Replace database %s (%s in %d tables) with the backup of \"%s\" made at %s?"):format(
    before.target, size(before.bytes), before.tables, look.archive.database, look.archive.made)
end

function actions.restore(ctx, opts)
  if not opts.into then ctx:usage "name the file and the database: backup restore FILE DATABASE" end
  ctx:provide { target = true }
  local request = {
    file = opts.file, name = ctx:path(opts.file), database = opts.into,
    overwrite = opts.overwrite, force = opts.force, no_owner = opts.no_owner, dry_run = true,
  }
  local look = ctx.project:restore_backup(request)
  if not opts.dry_run then
    if look.before.objects > 0 then ctx:confirm(question(look)) end
    request.dry_run = false
    look = ctx.project:restore_backup(request)
  end
  if ctx.out:result(look) then return end
  ctx.out:line("%s  (of \"%s\", made at %s, %d entries)", look.path, look.archive.database, look.archive.made, look.archive.entries)
  ctx.out:line(opts.dry_run and "can be restored into %s, which %s" or "restored into %s", look.before.database,
               not look.before.exists and "does not exist yet" or look.before.objects > 0 and "would be replaced" or "is empty")
end

-- The actions that each option is for.
local only = {
  keep = { prune = true }, dry_run = { prune = true, restore = true },
  overwrite = { restore = true }, force = { restore = true }, no_owner = { restore = true },
}

return {
  name    = "backup",
  summary = "make a backup with pg_dump and record it; list, restore or prune backups",
  chapter = "databases",
  needs   = { project = true },
  args    = {
    { name = "action", choice = { "make", "list", "restore", "prune" }, default = "make", help = "what to do" },
    { name = "file", file = true, help = "with restore: the backup to restore" },
    { name = "into", label = "database", help = "with restore: the database to restore it into, on the server of -d or -e" },
  },
  options = {
    keep = { arg = "RULE", help = "with prune: what to keep, such as \"7d, 4w\": one a day for 7 days, and one a week for 4 weeks" },
    dry_run = { flag = true, help = "with prune and restore: only show what would happen" },
    overwrite = { flag = true, help = "with restore: replace a database that is not empty" },
    force = { flag = true, help = "with restore --overwrite: end the sessions of others in that database" },
    no_owner = { flag = true, help = "with restore: leave out owners and privileges" },
  },

  run = function(ctx, opts)
    for option, these in pairs(only) do
      if opts[option] and not these[opts.action] then
        ctx:usage("backup %s does not take --%s", opts.action, (option:gsub("_", "-")))
      end
    end
    if opts.action ~= "restore" and opts.file then ctx:usage("backup %s does not take arguments", opts.action) end
    return actions[opts.action](ctx, opts)
  end,
}

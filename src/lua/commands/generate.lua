local function words(verb, object) return verb .. " " .. object:lower():gsub("%f[%w_]public%.", "") end

-- The name that the user gave, or that of the first change. A renamed object may also be altered: then the rename gives
-- the name.
local function title_of(opts, made)
  if opts.name and #opts.name > 0 then return table.concat(opts.name, " ") end
  for _, change in ipairs(made.changes) do
    local counts = change.verb ~= "drop" and (change.verb ~= "alter" or #made.renames == 0)
    if counts then return words(change.verb, change.object.id) end
  end
  if #made.renames > 0 then return words("rename to", made.renames[1]) end
  local lost = made.losses[1]
  return words("drop", lost and lost.kind .. " " .. lost.name or made.changes[1].object.id)
end

local function count(n, what) return ("%d %s%s"):format(n, what, n == 1 and "" or "s") end

local function set(list)
  local all = {}
  for _, item in ipairs(list or {}) do all[item] = true end
  return all
end

-- Asks about likely renames, but not about objects that --allow-drop names.
local function asker(ctx, opts)
  local allowed = set(opts.allow_drop)
  return not opts.check and function(old, new) return not allowed[old] and ctx:ask_renamed(old, new) end
end

-- Raises an error for lost data that --allow-drop does not name, unless the user agrees to lose it.
local function check_losses(ctx, opts, made)
  local unnamed, why = ctx:unnamed_losses(made.losses, opts.allow_drop)
  if not unnamed then return end
  for _, hazard in ipairs(made.hazards) do moonbird.log.info("note: %s", hazard.comment) end
  ctx:confirm(("The migration would lose data of %s. Write it?"):format(why), ctx:rename_hint(made.likely))
end

-- What --json prints.
local function document(made, files)
  return { name = files and files.name or moonbird.null, files = files and files.files or moonbird.json.array(),
           statements = made.statements, hazards = made.hazards }
end

local function write(ctx, opts, made)
  check_losses(ctx, opts, made)
  local files = made.write(title_of(opts, made))
  if ctx.out:result(document(made, files)) then return end
  for _, file in ipairs(files.files) do ctx.out:text(ctx:path(file)) end
end

local function say_likely(ctx, made)
  local hint = ctx:rename_hint(made.likely)
  if hint then moonbird.log.info("note: %s", hint) end
end

local function show(ctx, opts, made)
  local shown = document(made)
  shown.sql = opts.rollback and made.backward or made.forward
  if opts.rollback then shown.hazards = made.rollback_hazards end
  if not ctx.out:result(shown) then ctx.out:data(shown.sql) end
end

local function say_nothing(ctx, opts, made)
  local shown = document(made)
  shown.sql = opts.dry_run and "" or nil
  if ctx.out:result(shown) or opts.dry_run then return end
  ctx.out:line "nothing to generate: the two schemas are equal"
end

return {
  name    = "generate",
  summary = "write a migration that leads to the desired schema",
  chapter = "schema",
  needs   = { project = true, anywhere = true },
  args    = { { name = "name", many = true, help = "what the migration does, in a few words" } },
  options = {
    from = { arg = "SOURCE", connection = true, default = "migrations", help = "the schema to start from: migrations, a file or folder of SQL, or a connection string" },
    to = { arg = "SOURCE", connection = true, default = "schema", help = "the schema to reach, in the same forms; \"schema\" is the desired schema of the project" },
    set = { arg = "KEY=VALUE", pairs = true, help = "the value of a parameter, for the migrations that name it" },
    check = { flag = true, help = "write nothing; exit with status 4 if a migration is missing" },
    dry_run = { flag = true, help = "print the migration and write no file" },
    rollback = { flag = true, help = "with --dry-run: print the rollback" },
    plain = { flag = true, help = "write the short form of each change, even if it blocks a table that is in use" },
    unproved = { flag = true, help = "with --dry-run: print the migration without trying it, to see why it fails" },
    rename = { arg = "OLD=NEW", list = true, prose = true, help = "the new name of a table or column, such as users.mail=email; at a terminal, moonbird asks about likely renames" },
    no_owner = { flag = true, help = "ignore owners: the migration does not change them" },
    no_privileges = { flag = true, help = "ignore privileges and default privileges" },
    allow_drop = { arg = "OBJECT", list = true, help = "allow the migration to lose the data of this table, column or sequence" },
  },

  run = function(ctx, opts)
    if opts.unproved and not opts.dry_run then ctx:usage "--unproved is only for --dry-run" end
    local made = ctx.project:generate { from = opts.from, to = opts.to, plain = opts.plain, rename = opts.rename,
                                unproved = opts.unproved, set = opts.set, ask = asker(ctx, opts), no_owner = opts.no_owner,
                                no_privileges = opts.no_privileges }
    ctx:say_notes(made)
    if made.statements == 0 then return say_nothing(ctx, opts, made) end
    if opts.dry_run or opts.check then say_likely(ctx, made) end
    if opts.dry_run then return show(ctx, opts, made) end
    if opts.check then
      if not ctx.out:result(document(made)) then
        ctx.out:line("a migration of %s is missing", count(made.statements, "statement"))
      end
      return 4
    end
    write(ctx, opts, made)
  end,
}

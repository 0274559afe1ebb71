-- generate.lua: the migration that leads from one schema to another, and its rollback; both are tried in a scratch
-- database.

local core = ...
local changes = core.require "schema.difference.changes"
local drizzle_renames = core.require "schema.renames.drizzle"
local keep = core.require "schema.difference.keep"
local hazards = core.require "schema.warnings.hazards"
local losses = core.require "schema.warnings.losses"
local proof = core.require "schema.proof"
local notes = core.require "schema.warnings.notes"
local renames = core.require "schema.renames"
local write = core.require "schema.write"
local new_workshop = core.require "schema.source"

local function append(list, more)
  return table.move(more, 1, #more, #list + 1, list)
end

-- The changes that lead from one source to another: the result of renames.apply.
local function plan(workshop, from, to, options)
  local function read(statements)
    if #statements > 0 and not from.work then from.work = proof.copy(workshop, from.snapshot, to.snapshot) end
    return #statements > 0 and workshop:snapshot(from, statements) or from.snapshot
  end
  local function compare(snapshot)
    keep(snapshot, to.snapshot, options)
    return changes.between(snapshot, to.snapshot, options.plain)
  end
  return renames.apply(read, compare, { to = to.snapshot, rename = options.rename, hints = to.hints, ask = options.ask })
end

-- drizzle-orm splits a file at these comments, and sends each part as one statement.
local BREAKPOINT = "--> statement-breakpoint"

-- Drizzle's migrator runs all migrations in one transaction.
local function note_transactions(name, statements)
  for _, statement in ipairs(statements) do
    if statement.alone or statement.boundary then
      return moonbird.log.info("note: %s is not one transaction, so Drizzle's own migrator cannot run it safely: apply it "
        .. "with moonbird up, or try --plain", name)
    end
  end
end

-- Such a migration runs in segments.
local function note_segments(path, statements)
  for _, statement in ipairs(statements) do
    if #statements > 1 and (statement.alone or statement.boundary) then
      return moonbird.log.info("note: %s is not one transaction: if a statement fails, those before it stay, and moonbird up "
        .. "continues at the one that failed", path)
    end
  end
end

local ENDS = { COMMIT = true, END = true }

-- The statements of a text that a hook has changed (changes.lua). `whole`: the text with the comments before it.
local function read_statements(text)
  local list, from = {}, 1
  for i, statement in ipairs(moonbird.statements(text)) do
    local _, to = text:find(statement.text, from, true)
    list[i] = { sql = statement.text, whole = text:sub(from, to):gsub("^[%s;]+", ""), alone = statement.alone,
                boundary = ENDS[statement.kind] and "" or nil }
    from = to + 1
  end
  return list
end

-- Lets the after_generate hooks change the texts → did they?
local function call_hooks(ctx, made)
  local up, down = ctx.project:after_generate(made.forward, made.backward)
  local changed = up ~= made.forward or down ~= made.backward
  if up ~= made.forward then made.forward, made.up = up, read_statements(up) end
  if down ~= made.backward then made.backward, made.down = down, read_statements(down) end
  return changed
end

-- Tries the migration and its rollback.
local function prove(workshop, from, to, made, changed)
  local ok, err = pcall(proof.prove, workshop, from, to, made.up, made.down)
  if ok then return end
  if changed and type(err) == "table" then err.hint = "An after_generate hook has changed the text of the migration." end
  error(err, 0)
end

-- A function that refuses to write where another run has added a migration since `files` were read: the difference was
-- made without it.
local function checker(ctx, files)
  local known = {}
  for _, file in ipairs(files) do known[file.name] = true end
  return function(present)
    for _, file in ipairs(present) do
      if not known[file.name] then
        ctx:usage("%s was added while the migration was made, so nothing was written: run the command again", file.path)
      end
    end
  end
end

local function warn_of_lua(why, journal)
  moonbird.log.warn("%s, so moonbird wrote the migration in Lua. An SQL migration needs %sa snapshot, which only drizzle-kit "
    .. "makes. Without the snapshot, drizzle-kit generate will write the same change again.", why,
    journal and "an entry in Drizzle's journal and " or "")
end

-- Writes the files of the migration → { name, files }. Beside Drizzle's migrations, an SQL migration needs a snapshot,
-- and an entry if they have a journal, which only drizzle-kit makes. If drizzle-kit cannot run, the migration is in Lua,
-- which needs neither. `desired`: the migration leads to the desired schema of the project. `check`: of
-- ctx:new_migration.
local function write_files(ctx, title, made, desired, check)
  local description = core.require "description"(title)
  local _, _, journal, format = ctx.project:files "auto"
  local drizzle = journal or format and format.name == "drizzle"
  if format and not format.up and not drizzle then
    ctx:usage("moonbird cannot make SQL migrations in the format %s: print the migration with --dry-run, and the rollback "
      .. "with --dry-run --rollback", format.name)
  end
  local files, why = ctx:new_migration(title, {
    suffix = ".sql",
    up = ("-- moonbird: description=%s\n\n"):format(description) ..
         (drizzle and write.text(made.up, BREAKPOINT) or made.forward),
    -- moonbird refuses an empty file.
    down = made.backward ~= "" and made.backward or "-- There is nothing to undo.\n",
    desired = desired, renames = made.renamed, check = check,
  })
  if files and drizzle then note_transactions(files.name, made.up)
  elseif files then note_segments(files.files[1], made.up) end
  if files then return files end
  warn_of_lua(why, journal)
  return ctx:new_migration(title, { suffix = ".lua", up = write.lua(description, made.up, made.down), check = check })
end

-- options: from, to (sources), plain (short forms, which may block tables), rename (a list of OLD=NEW), unproved, ask (of
-- renames.apply), set (values of --set, for the migrations), no_owner, no_privileges (of keep.lua)
-- → { notes (differences for which no statement is written), orders (those of columns), changes, up, down (statements),
--     statements (the number of up), forward, backward (texts of SQL), losses, renames, likely
--     (of renames.apply),
--     hazards, rollback_hazards (of hazards.list),
--     write = function(title) → { name, files } }
return function(ctx, options)
  local check = options.from == "migrations" and checker(ctx, (ctx.project:files "auto")) or nil
  local workshop <close> = new_workshop(ctx, ctx.config.scratch, options.set)
  local from, to = workshop:source(options.from), workshop:source(options.to)
  from.snapshot, to.snapshot = workshop:snapshot(from), workshop:snapshot(to)
  local way = plan(workshop, from, to, options)
  local up = append(changes.of_strings(way.forward), changes.statements(way.changes, workshop.superuser))
  local back = changes.between(to.snapshot, way.from, options.plain)
  local down = append(changes.statements(back, workshop.superuser),
                      changes.of_strings(way.backward))
  local noted, orders = notes.between(way.from, to.snapshot, way.changes, back)
  local made = { notes = noted, orders = orders, changes = way.changes, losses = losses.of(way.changes), up = up, down = down,
                 forward = write.text(up), backward = write.text(down), renames = way.names, likely = way.likely,
                 renamed = drizzle_renames(way.list),
                 hazards = hazards.list(up), rollback_hazards = hazards.list(down) }
  local changed = #up > 0 and call_hooks(ctx, made)
  if #up > 0 and not options.unproved then prove(workshop, from, to, made, changed) end
  made.statements = #made.up
  function made.write(title) return write_files(ctx, title, made, options.to == "schema", check) end
  return made
end

-- generate.lua: the migration that leads from one schema to another, and its rollback, both proved.

local core = ...
local difference = core.require "schema.difference"
local losses = core.require "schema.losses"
local proof = core.require "schema.proof"
local write = core.require "schema.write"
local new_workshop = core.require "schema.source"

-- drizzle-orm splits a file at these comments, and sends each part as one statement.
local BREAKPOINT = "--> statement-breakpoint"

-- Writes the files of the migration → { name, files }.  In a folder with Drizzle's journal an SQL migration needs an
-- entry and a snapshot, which only drizzle-kit makes; without it, the migration is in Lua, which needs none.
-- `desired`: it leads to the desired schema of the project.
local function write_files(ctx, title, made, desired)
  local description = title:gsub("%c", " ")
  local _, _, journal = ctx.project:files "auto"
  local files, why = ctx:new_migration(title, {
    suffix = ".sql",
    up = ("-- moonbird: description=%s\n\n"):format(description) .. write.text(made.changes, journal and BREAKPOINT),
    down = made.backward,
    desired = desired,
  })
  if files then return files end
  moonbird.log.warn("%s, so the migration is written in Lua. An SQL migration needs an entry and a snapshot beside "
    .. "Drizzle's journal, which drizzle-kit makes. Without that snapshot, drizzle-kit generate will write the same "
    .. "change again.", why)
  return ctx:new_migration(title, { suffix = ".lua", up = write.lua(description, made.changes, made.back) })
end

-- options: from, to (sources), unproved
-- → { changes, back (the changes backward), statements (their number), forward, backward (texts of SQL), losses,
--     write = function(title) → { name, files } }
return function(ctx, options)
  local workshop <close> = new_workshop(ctx, ctx.config.scratch)
  local from, to = workshop:source(options.from), workshop:source(options.to)
  from.snapshot, to.snapshot = workshop:snapshot(from), workshop:snapshot(to)
  local forward = difference.between(from.snapshot, to.snapshot)
  local backward = difference.between(to.snapshot, from.snapshot)
  local up, down = difference.statements(forward), difference.statements(backward)
  if #up > 0 and not options.unproved then proof.prove(workshop, from, to.snapshot, up, down) end
  local made = { changes = forward, back = backward, losses = losses(forward), statements = #up,
                 forward = write.text(forward), backward = write.text(backward) }
  function made.write(title) return write_files(ctx, title, made, options.to == "schema") end
  return made
end

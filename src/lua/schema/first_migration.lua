-- first_migration.lua: a migration that makes the schema of an existing database.

local core = ...
local changes = core.require "schema.difference.changes"
local proof = core.require "schema.proof"
local new_workshop = core.require "schema.source"
local write = core.require "schema.write"

local head = [[
-- moonbird: description=%s
-- moonbird: irreversible=it makes the schema with which the project started

]]

-- Tries the migration in a scratch database, and writes it if it makes the same schema there → {
-- name, files }
return function(ctx, title)
  local workshop <close> = new_workshop(ctx, ctx.config.scratch)
  local db = workshop:database()
  local empty, wanted = { db = db, work = db, scratch = true }, { db = ctx.db }
  empty.snapshot, wanted.snapshot = workshop:snapshot(empty), workshop:snapshot(wanted)
  local up = changes.statements(changes.between(empty.snapshot, wanted.snapshot, true), workshop.superuser)
  local down = changes.statements(changes.between(wanted.snapshot, empty.snapshot, true), workshop.superuser)
  proof.prove(workshop, empty, wanted, up, down)
  return ctx:new_migration(title, { suffix = ".sql", up = head:format(core.require "description"(title)) .. write.text(up) })
end

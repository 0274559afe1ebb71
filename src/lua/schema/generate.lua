-- generate.lua: the migration that leads from one schema to another, and its rollback, both proved.

local core = ...
local difference = core.require "schema.difference"
local losses = core.require "schema.losses"
local proof = core.require "schema.proof"
local notes = core.require "schema.notes"
local write = core.require "schema.write"
local new_workshop = core.require "schema.source"

-- options: from, to (sources), plain (short forms, which may block tables), unproved
-- → { notes (differences for which no statement is written), orders (those of columns), changes, statements (their number), forward, backward (texts of SQL), losses }
return function(ctx, options)
  local workshop <close> = new_workshop(ctx, ctx.config.scratch)
  local from, to = workshop:source(options.from), workshop:source(options.to)
  from.snapshot, to.snapshot = workshop:snapshot(from), workshop:snapshot(to)
  local forward = difference.between(from.snapshot, to.snapshot, options.plain)
  local backward = difference.between(to.snapshot, from.snapshot, options.plain)
  local up, down = difference.statements(forward), difference.statements(backward)
  if #up > 0 and not options.unproved then proof.prove(workshop, from, to.snapshot, up, down) end
  local noted, orders = notes.between(from.snapshot, to.snapshot)
  return { notes = noted, orders = orders, changes = forward, losses = losses(forward), forward = write.text(forward), backward = write.text(backward), statements = #up }
end

-- generate.lua: the migration that leads from one schema to another, and its rollback, both proved.

local core = ...
local facets = core.require "schema.facets"
local difference = core.require "schema.difference"
local losses = core.require "schema.losses"
local proof = core.require "schema.proof"
local write = core.require "schema.write"
local new_workshop = core.require "schema.source"

-- options: from, to (sources), unproved
-- → { changes, statements (their number), forward, backward (texts of SQL), losses }
return function(ctx, options)
  local workshop <close> = new_workshop(ctx, ctx.config.scratch)
  local from, to = workshop:source(options.from), workshop:source(options.to)
  from.snapshot, to.snapshot = workshop:read(from.db), workshop:read(to.db)
  for _, source in ipairs { from, to } do
    if source.scratch then facets.leave_owners_open(source.snapshot) end
  end
  local forward = difference.between(from.snapshot, to.snapshot)
  local backward = difference.between(to.snapshot, from.snapshot)
  local up, down = difference.statements(forward), difference.statements(backward)
  if #up > 0 and not options.unproved then proof.prove(workshop, from, to.snapshot, up, down) end
  return { changes = forward, losses = losses(forward), forward = write.text(forward), backward = write.text(backward), statements = #up }
end

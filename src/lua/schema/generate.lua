-- generate.lua: the migration that leads from one schema to another, and its rollback, both proved.

local core = ...
local difference = core.require "schema.difference"
local proof = core.require "schema.proof"
local write = core.require "schema.write"
local new_workshop = core.require "schema.source"

-- The data that the migration deletes: rows of tables, values of columns.
local function losses(changes, drops)
  local list = {}
  for _, change in ipairs(changes) do
    local loses = change.verb == "drop" and change.object.kind.loses
    if loses and loses(change.object) and not (change.object.table and drops[change.object.table]) then
      list[#list + 1] = { kind = change.object.kind.kind, name = change.object.name }
    end
  end
  return list
end

local function dropped(changes)
  local drops = {}
  for _, change in ipairs(changes) do
    if change.verb == "drop" then drops[change.object] = true end
  end
  return drops
end

-- options: from, to (sources), unproved
-- → { changes, statements (their number), forward, backward (texts of SQL), losses }
return function(ctx, options)
  local workshop <close> = new_workshop(ctx, ctx.config.scratch)
  local from, to = workshop:source(options.from), workshop:source(options.to)
  from.snapshot, to.snapshot = workshop:read(from.db), workshop:read(to.db)
  local forward = difference.between(from.snapshot, to.snapshot)
  local backward = difference.between(to.snapshot, from.snapshot)
  local up, down = difference.statements(forward), difference.statements(backward)
  if #up > 0 and not options.unproved then proof.prove(workshop, from, to.snapshot, up, down) end
  return { changes = forward, losses = losses(forward, dropped(forward)), forward = write.text(forward), backward = write.text(backward), statements = #up }
end

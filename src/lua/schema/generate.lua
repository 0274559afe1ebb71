-- generate.lua: the migration that leads from one schema to another, and its rollback, both proved.

local core = ...
local difference = core.require "schema.difference"
local losses = core.require "schema.losses"
local proof = core.require "schema.proof"
local notes = core.require "schema.notes"
local renames = core.require "schema.renames"
local write = core.require "schema.write"
local new_workshop = core.require "schema.source"

local function append(list, more)
  return table.move(more, 1, #more, #list + 1, list)
end

-- What leads from one source to another: the results of renames.apply.
local function plan(workshop, from, to, options)
  local function read(statements)
    if #statements > 0 and not from.work then from.work = proof.copy(workshop, from.snapshot) end
    return #statements > 0 and workshop:snapshot(from, statements) or from.snapshot
  end
  local function compare(snapshot) return difference.between(snapshot, to.snapshot, options.plain) end
  return renames.apply(read, compare, { rename = options.rename, hints = to.hints })
end

-- options: from, to (sources), plain (short forms, which may block tables), rename (a list of OLD=NEW), unproved
-- → { notes (differences for which no statement is written), orders (those of columns), changes, statements (their number), forward, backward (texts of SQL), losses }
return function(ctx, options)
  local workshop <close> = new_workshop(ctx, ctx.config.scratch)
  local from, to = workshop:source(options.from), workshop:source(options.to)
  from.snapshot, to.snapshot = workshop:snapshot(from), workshop:snapshot(to)
  local renamed, changes, up, inverses, names = plan(workshop, from, to, options)
  append(up, difference.statements(changes))
  local down = append(difference.statements(difference.between(to.snapshot, renamed, options.plain)), inverses)
  if #up > 0 and not options.unproved then proof.prove(workshop, from, to.snapshot, up, down) end
  local noted, orders = notes.between(renamed, to.snapshot)
  return { notes = noted, orders = orders, changes = changes, losses = losses(changes), forward = write.text(up),
           backward = write.text(down), renames = names, statements = #up }
end

-- changes.lua: the changes that lead from one snapshot to another, in an order that works.
--
-- A change: { verb = "create" | "alter" | "aside" | "drop", object, old, fields, steps = { … } }.
-- A step: { sql, hazards = a list of hazards.lua }.  A step of a form that does not block a table in use (kinds.lua) can also
-- have apart = true: it must not be in the same transaction as the steps before it; or last = true: it can run at the
-- end of the migration. A step with final = true runs after all others.

local core = ...
local order = core.require "schema.difference.order"
local facets = core.require "schema.facets"
local lend = core.require "schema.difference.lend"
local hazards = core.require "schema.warnings.hazards"
local losses = core.require "schema.warnings.losses"
local members = core.require "schema.sql.members"
local new_plan = core.require "schema.difference.plan"

local module = {}

-- Statements -----------------------------------------------------------------

-- `steps`: a step, a string, or a list of them.
local add
function add(list, steps)
  if type(steps) == "string" then steps = { sql = steps } end
  if steps and steps.sql then list[#list + 1] = steps
  else for _, step in ipairs(steps or {}) do add(list, step) end end
end

-- Is the object a part of a new object? Then no other session uses it yet.
local function is_part_of_new(o, creates)
  if o.table or o.child then return creates[o.table or o.child] end
  for needed, how in pairs(o.needs) do
    if how == "owned" and creates[needed] then return true end
  end
  return false
end

local function add_hazard(step, hazard)
  step.hazards = step.hazards or {}
  table.insert(step.hazards, hazard)
end

-- Of the steps of a change from number `first` on, the one that has its effect: the one with main = true, or the last.
local function main_step(list, first)
  for i = first, #list do
    if list[i].main then return list[i] end
  end
  return list[#list]
end

-- Notes what a step does to an object in use. `does`: the entry of kind.does for this change.
local function mark(step, does, o, context, ...)
  if not does or is_part_of_new(o, context.creates) then return end
  local key, name = does, nil
  if type(does) == "function" then key, name = does(o, ...) end
  local hazard = key and hazards.of(key, name or o.relation or o.name, context.from.version)
  if hazard then add_hazard(step, hazard) end
end

local function what_it_does(o, verb) return o.kind.does and o.kind.does[verb] end

-- The form of the kind that does not block a table in use; nil for a table that the migration creates.
local function online_form(context, object, verb)
  local forms = context.online and object.kind.online
  return forms and object.table and not context.creates[object.table] and forms[verb]
end

-- Notes that only a superuser can run the statements from number `first` on.
local function note_superuser(context, list, first)
  for i = first, #list do context.superuser[list[i].sql or list[i]] = true end
end

local function needs_superuser(object)
  local superuser = object.kind.superuser
  return type(superuser) == "function" and superuser(object) or superuser == true
end

-- Notes at a step the data that the change of a field loses, and what it does to a table in use.
local function note_effects(step, field, new, old, snapshots)
  for _, loss in ipairs(losses.of_field(field, new, old, snapshots.to)) do
    add_hazard(step, hazards.of_values(loss.object.name, loss.why))
  end
  local does = what_it_does(new, "alter")
  if does then mark(step, does[field], new, snapshots, old) end
end

local function alter_field(list, field, new, old, snapshots)
  local forms = online_form(snapshots, new, "alter")
  local steps = forms and forms[field] and forms[field](new, old)
  if steps then return add(list, steps) end
  local alter, before = new.kind.alter and new.kind.alter[field] or facets.alter[field], #list
  add(list, alter(new, old, field, snapshots))
  if facets.needs_superuser[field] then note_superuser(snapshots, list, before + 1) end
  if old.id and #list > before then note_effects(main_step(list, before + 1), field, new, old, snapshots) end
end

-- Statements that a new object needs after its CREATE, because CREATE cannot express them.
local function later(new, context)
  local list, nothing = {}, { kind = new.kind, name = new.name }
  for _, field in ipairs(new.kind.later or {}) do
    if new[field] ~= nil then alter_field(list, field, new, nothing, context) end
  end
  facets.create(list, new, context)
  return list
end

-- The statements for the fields in which an inherited part differs from the part of the parent table.
local function beyond(new, parent, context)
  local list, fields = later(new, context), {}
  for field in pairs(new.kind.cascades) do
    if new[field] ~= nil and new[field] ~= parent[field] then fields[#fields + 1] = field end
  end
  table.sort(fields)
  for _, field in ipairs(fields) do alter_field(list, field, new, parent, context) end
  return list
end

local function drop_statement(plan, old, context)
  local form = not plan.partly[old] and online_form(context, old, "drop")
  local steps = form and form(old)
  if steps then return steps end
  if old.kind.drop ~= nil then return old.kind.drop and old.kind.drop(old, plan.partly[old], plan.drops) or {} end
  return "DROP " .. facets.phrase(old)
end

-- Carriers -------------------------------------------------------------------

-- The dropped object with which this one is dropped, without a separate statement.
local function drop_carrier(plan, old)
  local drops, kind = plan.drops, old.kind
  local with
  if kind.goes_with then with = kind.goes_with(old, drops)
  elseif drops[old.table] then with = old.table
  elseif old._above and not plan:is_freed(old) and drops[old._above.of] then with = old._above.of
  else
    for needed, how in pairs(old.needs) do
      local owner = how == "owned" and drops[needed] and not plan.asides[needed]
      if owner and not (with and with.id < needed.id) then with = needed end
    end
  end
  if with then return with end
  local parent = kind.implied and plan:origin(plan.from, old, function(link) return not drops[link] end)
  return parent and drops[parent] and not plan.partly[parent] and kind.implied(old, parent) and parent
end

-- The object whose CREATE also creates this one. The second result is the part of the parent table from which this one
-- is inherited, if it is inherited.
local function create_carrier(plan, new)
  local creates, kind = plan.creates, new.kind
  local host = kind.joined and kind.joined(new)
  local parent = kind.implied and plan:origin(plan.to, new, function(link)
    return not creates[link] or creates[new.table] and link.kind.at_creation
  end)
  if parent and kind.implied(new, parent, creates) then
    local with_table = creates[new.table] and not (creates[parent] and kind.reaches and kind.reaches(new))
    if with_table then return new.table, parent end
    if creates[parent] then return parent, parent end
  end
  return creates[host] and host
end

-- Changes --------------------------------------------------------------------

local function drops(plan, old, changes, context)
  local change = { verb = "drop", object = old, steps = {}, carried_by = drop_carrier(plan, old) }
  add(change.steps, drop_statement(plan, old, context))
  if #change.steps > 0 then mark(main_step(change.steps, 1), what_it_does(old, "drop"), old, context, plan.drops) end
  change.loose = old.kind.drop ~= false
  if plan.asides[old] then
    local steps, drop = old.kind.aside(old)
    local aside = { verb = "aside", object = old, steps = {} }
    add(aside.steps, steps)
    changes[#changes + 1] = aside
    change.steps = {}
    add(change.steps, drop)
  end
  return change
end

local function creates(plan, new, context)
  local with, parent = create_carrier(plan, new)
  local change = { verb = "create", object = new, parts = {}, carried_by = with, inherited = parent and true, loose = not parent }
  change.later = parent and new.kind.cascades and beyond(new, parent, context) or later(new, context)
  return change
end

-- The fields in the order in which they can be altered: first the fields of kind.first, then the others by name.
local function in_order(kind, fields)
  local places, list = {}, { table.unpack(fields) }
  for i, field in ipairs(kind.first or {}) do places[field] = i end
  table.sort(list, function(a, b)
    local p, q = places[a] or math.huge, places[b] or math.huge
    if p ~= q then return p < q end
    return facets.before(a, b)
  end)
  return list
end

local function alters(plan, new, context)
  local old, fields = plan.from.objects[new.id], plan.alters[new]
  local change = { verb = "alter", object = new, old = old, to = plan.to, fields = fields, steps = {},
                   carried_by = plan.carried[new], early = new.kind.early and new.kind.early(fields) }
  for _, field in ipairs(in_order(new.kind, fields)) do alter_field(change.steps, field, new, old, context) end
  return change
end

local function make_changes(plan, context)
  local changes, by_object = {}, { drop = {}, create = {}, alter = {}, aside = {} }
  local function keep(change)
    changes[#changes + 1] = change
    by_object[change.verb][change.object] = change
  end
  for _, old in ipairs(plan.from.list) do
    if plan.drops[old] then keep(drops(plan, old, changes, context)) end
  end
  for _, new in ipairs(plan.to.list) do
    if plan.creates[new] then keep(creates(plan, new, context))
    elseif plan.alters[new] then keep(alters(plan, new, context)) end
  end
  for _, change in ipairs(changes) do
    change.carrier = change.carried_by and by_object[change.verb][change.carried_by]
    if change.carrier then change.carrier.carries = true end
  end
  return changes
end

-- Writing --------------------------------------------------------------------

-- Writes the parts of an object (text.settled) so that the catalog has them as in the schema to reach: longer parts first,
-- because they can have shorter ones inside.
local function write_lists(list, o)
  local parts = {}
  for settled in pairs(o._lists or {}) do parts[#parts + 1] = settled end
  table.sort(parts, function(a, b) return #a > #b or #a == #b and a < b end)
  for _, settled in ipairs(parts) do
    local pattern, replacement = settled:gsub("%p", "%%%0"), o._lists[settled]:gsub("%%", "%%%%")
    for _, step in ipairs(list) do step.sql = step.sql:gsub(pattern, replacement) end
  end
end

-- First the statements of the change itself, then those of the changes within it.
local function write(change, context)
  local list = {}
  if change.verb == "create" then
    local o = change.object
    local form = online_form(context, o, "create")
    local steps = form and form(o)
    add(list, steps or o.kind.create(o, change.parts, change.carries, context))
    if not steps and #list > 0 then mark(main_step(list, 1), what_it_does(o, "create"), o, context, change.parts) end
    add(list, change.later)
  else
    add(list, change.steps)
  end
  write_lists(list, change.object)
  for _, part in ipairs(change.parts or {}) do write_lists(list, part) end
  if needs_superuser(change.object) then note_superuser(context, list, 1) end
  for _, within in ipairs(change.within) do
    local first = #list + 1
    if within.verb == "create" then add(list, within.later)
    elseif within.verb == "alter" then add(list, within.steps) end
    write_lists(list, within.object)
    if needs_superuser(within.object) then note_superuser(context, list, first) end
  end
  return list
end

-- A table that stays has the names of its parent's NOT NULL constraints, and PostgreSQL gives a constraint no name that is in
-- use. So a parent that is created again says these names.
local function name_not_nulls(plan)
  for _, link in ipairs(plan.to.list) do
    local parent = link._of
    for _, part in ipairs(parent and plan.creates[parent] and not plan.creates[link.child] and parent.parts or {}) do
      part._not_null_given = part._not_null_given or part._not_null_name
    end
  end
end

-- The constraint of a domain that is set aside keeps its name, which PostgreSQL would not choose a second time.
local function name_constraints(plan)
  for old in pairs(plan.asides) do
    local new = plan.to.objects[old.id]
    if new then new._constraint_given = new._constraint_given or new._constraint end
  end
end

-- Adds the ids of objects that are created again instead of altered, because their changes are on a cycle: those with the
-- highest rank, and none with data. → were there any?
local function cut(cycle, again)
  local list, rank = {}, -1
  for change in pairs(cycle) do
    local kind = change.object.kind
    if change.verb == "alter" and not kind.loses and not again[change.object.id] then
      list[#list + 1] = change.object
      rank = math.max(rank, kind.rank)
    end
  end
  for _, object in ipairs(list) do
    if object.kind.rank == rank then again[object.id] = true end
  end
  return #list > 0
end

-- The changes in order, each within its carrier.
local function in_sequence(from, to, context)
  local again = {}
  while true do
    local plan = new_plan(from, to, again)
    name_not_nulls(plan)
    name_constraints(plan)
    context.creates, context.superuser = plan.creates, {}
    local sorted, cycle = order.sort(make_changes(plan, context), from, to)
    if sorted then return sorted end
    if not cut(cycle, again) then order.fail(cycle) end
  end
end

-- `from`, `to`: snapshots. Returns the changes, in order. If a change happens within another one, that one has its
-- steps. `plain`: each change in its short form, although that may block a table in use.
function module.between(from, to, plain)
  from, to = members.apart(from, to)
  local context = facets.context(from, to)
  context.online = not plain
  local sorted = in_sequence(from, to, context)
  local first, last = lend(sorted, context)
  local changes = { superuser = context.superuser, first = first, last = last }
  note_superuser(context, first, 1)
  note_superuser(context, last, 1)
  for _, change in ipairs(sorted) do
    if not change.hosted then change.all = write(change, context) end
  end
  for _, change in ipairs(sorted) do
    change.steps = change.all or {}
    changes[#changes + 1] = change
    for _, within in ipairs(change.within) do
      if within.carrier then
        within.steps = {}
        changes[#changes + 1] = within
      end
    end
  end
  return changes
end

-- Returns the early statements, the others, and whether the early ones must be committed before the others.
local function separate(changes)
  local early, rest, commit = {}, {}, false
  for _, change in ipairs(changes) do add(change.early and early or rest, change.steps) end
  for _, change in ipairs(changes) do
    commit = commit or change.early and change.object.kind.must_commit(change, rest)
  end
  return early, rest, commit
end

-- The end of a transaction within a migration.
local function boundary(why) return { boundary = why } end

-- A step as a statement: { sql, hazards, alone = true if it cannot run in a transaction }.
local function statement_of(step)
  local sql = step.sql
  return { sql = sql, hazards = step.hazards,
           alone = sql:find "^%u[%u ]*INDEX CONCURRENTLY " ~= nil }
end

-- Takes back the settings at the end of their transaction. SET LOCAL would be without effect where another program runs
-- the statements one by one.
local function reset(list, settings)
  for i, setting in ipairs(settings) do
    list[#list + 1] = statement_of { sql = "RESET " .. setting:match "^%S+" }
    settings[setting], settings[i] = nil, nil
  end
end

-- Adds a step to the statements. `settings`: those that are in effect.
local function add_statement(list, step, settings)
  local statement = statement_of(step)
  if statement.alone then reset(list, settings) end
  if step.setting and not settings[step.setting] then
    settings[step.setting] = true
    settings[#settings + 1] = step.setting
    list[#list + 1] = statement_of { sql = "SET " .. step.setting }
  end
  list[#list + 1] = statement
end

-- The statements of steps in order, with boundaries where a transaction must end.
local function place(list, steps)
  local last, final, open, settings = {}, {}, false, {}
  for _, step in ipairs(steps) do
    if step.last or step.final then
      table.insert(step.last and last or final, statement_of(step))
    else
      if step.apart and open then
        reset(list, settings)
        list[#list + 1] = boundary "Commit first, so that no lock blocks the table while the next statement reads it."
      end
      add_statement(list, step, settings)
      open = not list[#list].alone
    end
  end
  reset(list, settings)
  if #last > 0 and open then list[#list + 1] = boundary "Commit first, so that no lock blocks the tables while PostgreSQL checks the constraints." end
  add(list, last)
  add(list, final)
end

-- Notes at each step the setting that its object needs while it is created.
local function note_settings(changes)
  for _, change in ipairs(changes) do
    local setting = change.verb ~= "drop" and change.object.kind.setting and change.object.kind.setting(change.object)
    for _, step in ipairs(setting and change.steps or {}) do step.setting = setting end
  end
end

-- A list of SQL strings as statements.
function module.of_strings(list)
  local statements = {}
  for i, sql in ipairs(list) do statements[i] = statement_of { sql = sql } end
  return statements
end

-- The statements of all changes, in order; each is { sql, hazards, alone } or { boundary }. `superuser`: nil,
-- or a table { [sql] = true } that gets the statements that only a superuser can run; these call no function of the
-- database.
function module.statements(changes, superuser)
  for sql in pairs(superuser and changes.superuser or {}) do superuser[sql] = true end
  note_settings(changes)
  local early, rest, commit = separate(changes)
  local list = module.of_strings(changes.first)
  place(list, early)
  if commit then list[#list + 1] = boundary "Commit first: a transaction cannot use enum values that it added." end
  place(list, rest)
  add(list, module.of_strings(changes.last))
  return list
end

return module

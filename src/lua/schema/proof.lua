-- proof.lua: applies generated statements in a scratch database, and compares the result.

local core = ...
local changes = core.require "schema.difference.changes"
local members = core.require "schema.sql.members"
local snapshot_roles = core.require "schema.roles"

local proof = {}

local MOST = 12

-- The remaining differences, as lines for people.
local function rest(left)
  local lines = {}
  for _, change in ipairs(left) do
    if #lines == MOST then
      lines[#lines + 1] = "…"
      break
    end
    lines[#lines + 1] = change.verb .. " " .. change.object.id .. (change.fields and " (" .. table.concat(change.fields, ", ") .. ")" or "")
  end
  return table.concat(lines, "\n")
end

-- Runs the statements from number i to the end of their transaction → the number of the next statement, or the
-- number of the failed one and its error.
local function run(workshop, db, statements, i)
  while statements[i] and not statements[i].boundary and not statements[i].alone do
    local ok, err = pcall(workshop.run, workshop, db, statements[i].sql)
    if not ok then return i, err end
    i = i + 1
  end
  return i
end

-- Hints about an error of PostgreSQL, by its SQLSTATE.
local UNPROVED <const> = " --dry-run --unproved prints the migration."
local BUG <const> = "Either moonbird has a bug, or PostgreSQL cannot change the schema in this way." .. UNPROVED
local hint_of = { ["0A000"] = "PostgreSQL does not support this change, and moonbird knows no way around: write the migration by hand." .. UNPROVED }

local function fail(what, statement, err)
  error({ message = ("%s was not written, because one of its statements fails: %s"):format(what, err.message or err),
          sqlstate = err.sqlstate, detail = statement.sql,
          hint = hint_of[err.sqlstate] or BUG }, 0)
end

-- Runs the statements as moonbird runs the file: in transactions between boundaries, and some statements outside of
-- transactions. Their warnings are for the server on which the migration will run.
local function apply(workshop, db, statements, what)
  local i = 1
  db:exec "SET client_min_messages = error"
  while statements[i] do
    local err
    local ok, rolled_back = pcall(db.transaction, db, function()
      i, err = run(workshop, db, statements, i)
      if err then error(err, 0) end
    end)
    err = err or not ok and rolled_back
    if err then fail(what, statements[i], err) end
    if statements[i] and statements[i].alone then
      local done, why = pcall(db.exec, db, statements[i].sql)
      if not done then fail(what, statements[i], why) end
    end
    i = i + 1
  end
end

local function compare(workshop, from, db, wanted, what)
  local left = changes.between(workshop:snapshot { db = db, scratch = from.scratch }, wanted)
  if #left > 0 then
    error({ message = what .. " was not written, because it does not lead to the expected schema", detail = rest(left) }, 0)
  end
end

-- Puts stand-ins in the place of the secrets that the snapshot hides, calls fn, and removes them.  → what fn returned
local function with_stand_ins(snapshot, fn)
  local hiding = {}
  for _, object in ipairs(snapshot.list) do
    local secret = object._hidden and object.kind.secret
    if secret then
      hiding[#hiding + 1] = object
      object[secret.field] = secret.stand_in(object)
    end
  end
  local result = fn()
  for _, object in ipairs(hiding) do object[object.kind.secret.field] = nil end
  return result
end

-- A scratch database with the schema `from`, because moonbird must not change the database that has it. Its session has
-- the same user, so that this user owns new objects. `to`: the schema that the migration leads to.
function proof.copy(workshop, from, to)
  local db = workshop:database()
  if not workshop.scratch then
    snapshot_roles.create(db, from)
    snapshot_roles.create(db, to)
  end
  db = workshop:confine(db, from.user)
  local statements = with_stand_ins(from, function()
    return changes.statements(changes.between(workshop:read(db), members.whole(from, to)), workshop.superuser)
  end)
  apply(workshop, db, statements, "the copy of the schema to start from")
  return db
end

-- The session in which a migration is tried.
local function bench(workshop, from, to)
  if not from.work then return proof.copy(workshop, from.snapshot, to.snapshot) end
  if not from.scratch then return from.work end
  if not workshop.scratch then snapshot_roles.create(from.work, to.snapshot) end
  return to.scratch and from.work or workshop:confine(from.work, from.snapshot.user)
end

-- `from`, `to`: sources with their snapshots; the statements lead from one to the other, and back.
function proof.prove(workshop, from, to, forward, backward)
  local db = bench(workshop, from, to)
  to = to.snapshot
  if not from.scratch then compare(workshop, from, db, from.snapshot, "the migration") end
  apply(workshop, db, forward, "the migration")
  compare(workshop, from, db, to, "the migration")
  apply(workshop, db, backward, "the rollback")
  compare(workshop, from, db, from.snapshot, "the rollback")
end

return proof

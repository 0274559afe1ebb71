-- prove.lua: tests whether the difference of two schemas leads from one to the other, and back.

local load = require "load"

local prove = {}

local function run(db, statements, what)
  local ok, err = pcall(db.exec, db, "SET LOCAL check_function_bodies = on;\n" .. table.concat(statements, ";\n"))
  if not ok then return ("a statement of the %s fails: %s\n%s\n%s"):format(what, err.message or err, err.detail or "", err.sql or "") end
end

local function rest(statements, what)
  if #statements == 0 then return nil end
  return ("after the %s the schemas still differ:\n%s"):format(what, table.concat(statements, ";\n", 1, math.min(8, #statements)))
end

-- Do the statements need a transaction of their own?  A new name for an index has an effect on the session's cache only if the
-- index was created in an earlier transaction.
local function commits(statements)
  for _, sql in ipairs(statements) do
    if sql:find "\nCOMMIT$" or sql:find "^ALTER INDEX .*_old\"? RENAME TO " then return true end
  end
  return false
end

local plain = { plain = true }

-- Fills `tried`.
local function try_pair(ctx, tried, a, b, files, always)
  local db, target = ctx.db, nil
  load.undone(db, function()
    tried.b = load.run(db, b)
    target = ctx.project:snapshot(db)
  end)
  load.undone(db, function()
    tried.a = load.run(db, a)
    local from = ctx.project:snapshot(db)
    if prove.compared then prove.compared(from, target) end
    local up, down = ctx.project:difference(from, target, plain), ctx.project:difference(target, from, plain)
    tried.left_out = commits(up) or commits(down)
    if files and (always or tried.left_out) then
      files(tried, ctx.project:difference(from, target), ctx.project:difference(target, from))
    end
    local function arrive(statements, wanted, what)
      return run(db, statements, what) or rest(ctx.project:difference(ctx.project:snapshot(db), wanted, plain), what)
    end
    if not tried.left_out then tried.why = arrive(up, target, "migration") or arrive(down, from, "rollback") end
  end)
end

-- a, b: statements that make two schemas in an empty database; those that fail are left out → { a, b = the others, why =
-- what is wrong, or nil, left_out = true if this cannot be tried in one transaction, refused = true if moonbird writes no
-- migration }.  `files`: nil, or a function that gets this and the statements in the form that does not block tables, up and
-- down; without `always`, only if the pair cannot be tried in one transaction.
function prove.pair(ctx, a, b, files, always)
  local tried = { a = a, b = b }
  local ok, err = pcall(try_pair, ctx, tried, a, b, files, always)
  local why = not ok and (type(err) == "table" and err.message or tostring(err))
  -- moonbird says that it cannot do this: PostgreSQL has no expression for it.
  if why and why:find "^moonbird cannot convert values" then tried.refused = true
  elseif why then tried.why = why end
  return tried
end

return prove

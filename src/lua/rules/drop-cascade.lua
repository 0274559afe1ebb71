local core = ...
local Edit = core.require "lint.fix.edit"
local tree = core.require "lint.tree"

-- Other rules report these with CASCADE.
local others = { OBJECT_TABLE = true, OBJECT_SCHEMA = true }

local words = { OBJECT_TYPE = "the columns of this type, with their values", OBJECT_DOMAIN = "the columns of this domain, with their values",
                OBJECT_EXTENSION = "the columns of its types and the indexes that use its functions",
                OBJECT_SEQUENCE = "the defaults that use it", OBJECT_INDEX = "the foreign keys that need it" }

-- The parts of a name in DROP; nil for what has none, such as a cast.
local function parts(object)
  if type(object) ~= "table" then return nil end
  local list = object.names or object.objname or object
  return type(list[1]) == "string" and list or nil
end

local function is_new(ctx, drop)
  for _, object in ipairs(drop.objects) do
    local name = parts(object)
    if not name or not ctx:is_new(name) then return false end
  end
  return true
end

local function check_constraints(stmt, ctx)
  for command in ctx:alter_table(stmt) do
    if command.subtype == "AT_DropConstraint" and command.behavior == "DROP_CASCADE" then
      ctx:report { message = ("CASCADE also drops the foreign keys that depend on the constraint %s of %s"):format(
                     command.name, tree.name(stmt.tree.relation)),
                   fix = "Drop the foreign keys by name, and leave CASCADE out." }
    end
  end
end

return {
  id       = "drop-cascade",
  aliases  = {},
  group    = "data",
  severity = "warning",
  summary  = "CASCADE also drops objects that the statement does not name",
  why      = [[
CASCADE drops everything that depends on the object, without a list: views, foreign keys, and for a type the columns that
have it, with their values. What depends on it can differ between databases.]],
  fix      = [[
Drop what depends on the object by name, and leave CASCADE out. Then PostgreSQL refuses to drop more than that.]],

  check = function(stmt, ctx)
    local drop = stmt.tree
    if drop.tag == "AlterTableStmt" then return check_constraints(stmt, ctx) end
    if drop.tag ~= "DropStmt" or drop.behavior ~= "DROP_CASCADE" or others[drop.removeType] or is_new(ctx, drop) then return end
    ctx:report { message = ("CASCADE also drops %s"):format(words[drop.removeType] or "everything that depends on the object"),
                 fix = Edit.new(stmt):part(1, #stmt.tokens - 1) .. ";  -- after what depends on it" }
  end,

  bad = {
    "DROP TYPE status CASCADE;",
    "DROP VIEW active_users CASCADE;",
    "DROP FUNCTION total(int) CASCADE;",
    "DROP CAST (text AS int) CASCADE;",
    "ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE;",
  },
  good = {
    "DROP TYPE status;",
    "CREATE VIEW v AS SELECT 1; DROP VIEW v CASCADE;",
    "DROP CAST (text AS int);",
    "ALTER TABLE users DROP CONSTRAINT users_email_key;",
  },
}

local core = ...
local tree = core.require "lint.tree"

-- What the statements of each migration made up to now: what, as a text: the line.
local made_by = setmetatable({}, { __mode = "k" })

-- What a statement makes, as a list of { what, node }; what has IF NOT EXISTS or OR REPLACE is left out.
local makes = {}

local function of_relation(relation) return relation and relation.relpersistence ~= "t" and { { tree.name(relation), relation } } end

function makes.CreateStmt(top) return not top.if_not_exists and of_relation(top.relation) end
function makes.ViewStmt(top) return not top.replace and of_relation(top.view) end
function makes.CreateSeqStmt(top) return not top.if_not_exists and of_relation(top.sequence) end
function makes.CreateTableAsStmt(top) return not top.if_not_exists and of_relation(top.into.rel) end
function makes.CreateEnumStmt(top) return { { "type " .. tree.name(top.typeName) } } end

function makes.IndexStmt(top)
  if top.if_not_exists or not top.idxname or top.relation.relpersistence == "t" then return nil end
  return { { tree.name(top.relation.schemaname and { top.relation.schemaname, top.idxname } or { top.idxname }), top.relation } }
end

-- "ADD COLUMN a" of "users" as "column users.a".
local function key_of(top, command)
  local table_name, subtype = tree.name(top.relation), command.subtype
  if subtype == "AT_AddColumn" then return ("column %s.%s"):format(table_name, command.def.colname) end
  if subtype == "AT_DropColumn" then return ("column %s.%s"):format(table_name, command.name) end
  if subtype == "AT_AddConstraint" then return command.def.conname and ("constraint %s of %s"):format(command.def.conname, table_name) end
  return subtype == "AT_DropConstraint" and ("constraint %s of %s"):format(command.name, table_name)
end

function makes.AlterTableStmt(top, made)
  local list = {}
  for _, command in ipairs(top.objtype == "OBJECT_TABLE" and top.cmds or {}) do
    local key = key_of(top, command)
    if key and command.subtype:find "^AT_Drop" then made[key] = nil
    elseif key and not command.missing_ok then list[#list + 1] = { key, command.def } end
  end
  return list
end

-- These drop or rename, or run code that may.
local forgets = { DropStmt = true, RenameStmt = true, AlterObjectSchemaStmt = true, DoStmt = true, CallStmt = true, TransactionStmt = true,
                  SelectStmt = true, VariableSetStmt = true }

return {
  id       = "made-twice",
  aliases  = { "prefer-robust-stmts" },
  group    = "robust",
  severity = "error",
  summary  = "a migration makes something that it has already made, and fails",
  why      = [[
PostgreSQL refuses a second table, index, column, constraint or type of the same name (SQLSTATE 42P07, 42701, 42710), so the
migration fails each time it runs.]],
  fix      = [[
Remove one of the two, or choose another name. DROP before the second one takes the first one away.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    if ctx.migration.lua then return end
    if forgets[top.tag] or not made_by[ctx.statements] then made_by[ctx.statements] = {} end
    local made = made_by[ctx.statements]
    for _, each in ipairs(makes[top.tag] and makes[top.tag](top, made) or {}) do
      local what, at = each[1], each[2]
      if made[what] then
        ctx:report { at = at, message = ("%s exists already, from line %d, so this fails"):format(what, made[what]) }
      end
      made[what] = made[what] or stmt.line
    end
  end,

  bad = {
    "CREATE TABLE a (id int); CREATE TABLE a (id int, name text);",
    "ALTER TABLE a DROP CONSTRAINT IF EXISTS c; ALTER TABLE a ADD CONSTRAINT c UNIQUE USING INDEX a_b; ALTER TABLE a ADD CONSTRAINT c UNIQUE (b);",
    "ALTER TABLE a ADD COLUMN b int; ALTER TABLE public.a ADD COLUMN b text;",
    "ALTER TABLE a ADD COLUMN b int, ADD COLUMN b text;",
    "CREATE INDEX a_b ON a (b); CREATE INDEX a_b ON a (c);",
    "CREATE TABLE a (id int); CREATE VIEW a AS SELECT 1 AS n;",
    "CREATE TYPE mood AS ENUM ('sad'); CREATE TYPE mood AS ENUM ('ok');",
  },
  good = {
    "CREATE TABLE a (id int); DROP TABLE a; CREATE TABLE a (id int);",
    "CREATE TABLE a (id int); CREATE TABLE IF NOT EXISTS a (id int);",
    "CREATE TABLE a (id int); CREATE TABLE app.a (id int); CREATE TEMPORARY TABLE a (id int);",
    "ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0) NOT VALID; ALTER TABLE a DROP CONSTRAINT c; ALTER TABLE a ADD CONSTRAINT c CHECK (b > 1) NOT VALID;",
    "ALTER TABLE a DROP COLUMN b, ADD COLUMN b text;",
    "ALTER TABLE a ADD COLUMN b int; ALTER TABLE a RENAME b TO c; ALTER TABLE a ADD COLUMN b text;",
    "CREATE TABLE a (id int); SET search_path = app; CREATE TABLE a (id int);",
    "CREATE VIEW a AS SELECT 1 AS n; CREATE OR REPLACE VIEW a AS SELECT 2 AS n;",
  },
}

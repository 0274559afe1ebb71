local core = ...
local find = core.require "lint.find"
local tree = core.require "lint.tree"

-- Does the query name the column, or all columns?
local function names_column(query, column)
  for reference in tree.nodes(query, "ColumnRef") do
    local last = reference.fields[#reference.fields]
    if last == column or type(last) == "table" and last.tag == "A_Star" then return true end
  end
  return false
end

-- The view that a statement creates; or nil.
local function view_of(top)
  if top.tag == "ViewStmt" then return top.view end
  return top.tag == "CreateTableAsStmt" and top.objtype == "OBJECT_MATVIEW" and top.into.rel or nil
end

-- The relations that the view which the statement creates reads.
local function read_by_view(statement)
  local names = {}
  for each in tree.nodes(view_of(statement.tree) and statement.tree.query, "RangeVar") do names[#names + 1] = tree.name(each) end
  return names
end

local function dropped(statement)
  local names = {}
  for _, object in ipairs(statement.tree.tag == "DropStmt" and statement.tree.objects or {}) do
    names[#names + 1] = tree.name(object.objname or object.names or object)
  end
  return names
end

-- A view of this migration, or something in the database, that uses the column: kind, name.
local function dependent(ctx, relation, column)
  local function is_gone(name) return find.before(ctx.statements, dropped, name, ctx.index) ~= nil end
  for _, statement in find.earlier(ctx.statements, read_by_view, relation, ctx.index) do
    local view = tree.name(view_of(statement.tree))
    if not is_gone(view) and names_column(statement.tree.query, column) then return "view", view end
  end
  local known = ctx:table(relation)
  for _, each in ipairs(known and known.dependents or {}) do
    if each.column == column and not is_gone(each.name) and not is_gone(relation .. "." .. each.name) then return each.kind, each.name end
  end
end

return {
  id       = "type-change-dependents",
  aliases  = { "R09" },
  group    = "rewrite",
  severity = "error",
  summary  = "the type of a column cannot change while a view, trigger, policy or generated column uses it",
  why      = [[
PostgreSQL refuses ALTER COLUMN ... TYPE for a column that a view, a rule, a policy, a generated column, or the WHEN or
UPDATE OF of a trigger uses. Indexes, constraints and defaults follow by themselves.]],
  fix      = [[
Drop what uses the column, change the type, and create it again, in one transaction. If no database is given, the rule
knows the views of the same migration only.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt, true) do
      local kind, name
      if command.subtype == "AT_AlterColumnType" then kind, name = dependent(ctx, tree.name(stmt.tree.relation), command.name) end
      if kind then
        ctx:report { at = command.def,
                     message = ("PostgreSQL refuses a new type of the column %s, because the %s \"%s\" uses it"):format(
                       command.name, kind, name),
                     fix = kind == "view" and ("DROP VIEW %s;\n%s;\nCREATE VIEW %s AS …;"):format(name, stmt.text, name) or nil }
      end
    end
  end,

  bad = {
    "CREATE VIEW names AS SELECT name FROM users; ALTER TABLE users ALTER COLUMN name TYPE text;",
    "CREATE TABLE a (b int); CREATE MATERIALIZED VIEW m AS SELECT * FROM public.a; ALTER TABLE a ALTER b TYPE bigint;",
  },
  good = {
    "CREATE VIEW names AS SELECT name FROM users; DROP VIEW names; ALTER TABLE users ALTER COLUMN name TYPE text;",
    "CREATE VIEW names AS SELECT name FROM users; ALTER TABLE users ALTER COLUMN age TYPE bigint;",
    "CREATE VIEW names AS SELECT name FROM people; ALTER TABLE users ALTER COLUMN name TYPE text;",
  },
}

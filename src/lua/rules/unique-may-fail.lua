local core = ...
local changed_rows = core.require "lint.tree.changed_rows"
local find = core.require "lint.find"
local tree = core.require "lint.tree"
local volatile = core.require "lint.tree.volatile"

-- The relations whose rows the statement changes or looks at.
local function used(statement)
  local top, names = statement.tree, {}
  for relation in tree.nodes(top.tag ~= "IndexStmt" and top.tag ~= "AlterTableStmt" and top, "RangeVar") do
    names[#names + 1] = tree.name(relation)
  end
  if top.relation and changed_rows.word(top) then names[#names + 1] = tree.name(top.relation) end
  return names
end

-- Did an earlier statement of the migration change or look at the rows of the relation?
local function is_prepared(ctx, relation) return find.before(ctx.statements, used, relation, ctx.index) ~= nil end

-- Does each existing row have a different value in the column: NULL, or the value of a volatile default?
local function keeps_apart(column)
  local default = tree.constraint(column, "CONSTR_DEFAULT")
  return not default or volatile.call(default.raw_expr) ~= nil
end

local function has_new_column(ctx, relation, names)
  local columns = changed_rows.new_columns(ctx, relation)
  for _, name in ipairs(names) do
    if columns[name] and keeps_apart(columns[name]) then return true end
  end
  return false
end

-- Does a unique index on some of the columns keep the rows apart already?
local function is_unique(ctx, relation, names)
  local of, given = ctx.tables:find(relation), {}
  for _, name in ipairs(names) do given[name] = true end
  for _, index in ipairs(of and of.indexes or {}) do
    local proves = index.unique and not index.where and #index.columns > 0
    for _, column in ipairs(index.columns) do proves = proves and given[column] end
    if proves then return true end
  end
  return false
end

-- Can two rows not have the same values in the columns?
local function cannot_fail(ctx, relation, names)
  return is_prepared(ctx, relation) or has_new_column(ctx, relation, names) or is_unique(ctx, relation, names)
end

-- The columns that keep rows apart; none if NULL counts as a value.
local function index_columns(index)
  local names = {}
  for _, element in ipairs(index.nulls_not_distinct and {} or index.indexParams) do names[#names + 1] = element.name end
  return names
end

local function report(ctx, relation, at)
  ctx:report { at = at, relation = relation,
               message = ("this fails if %s has duplicates"):format(tree.name(relation)),
               fix = ("SELECT …, count(*) FROM %s GROUP BY … HAVING count(*) > 1; -- expect: no rows"):format(tree.name(relation)) }
end

local function check_index(ctx, index)
  local relation = tree.name(index.relation)
  if not index.unique or ctx:is_new(index.relation) or cannot_fail(ctx, relation, index_columns(index)) then return end
  report(ctx, index.relation, index.relation)
end

local kinds = { CONSTR_UNIQUE = true, CONSTR_PRIMARY = true }

return {
  id       = "unique-may-fail",
  aliases  = { "MF101", "MF102", "D06" },
  group    = "data",
  severity = "note",
  summary  = "a unique index or constraint on a table with rows fails if there are duplicates",
  why      = [[
PostgreSQL refuses it with SQLSTATE 23505 at the first duplicate. A test database rarely has the duplicates that
production has. CREATE INDEX CONCURRENTLY leaves an invalid index, which moonbird drops.]],
  fix      = [[
Count the duplicates first, in the same migration: moonbird stops at a query whose -- expect: is not met.]],

  check = function(stmt, ctx)
    if stmt.tree.tag == "IndexStmt" then return check_index(ctx, stmt.tree) end
    for command in ctx:alter_table(stmt) do
      local constraint = command.subtype == "AT_AddConstraint" and command.def
      local relation = tree.name(stmt.tree.relation)
      if constraint and kinds[constraint.contype] and not constraint.indexname
         and not cannot_fail(ctx, relation, constraint.nulls_not_distinct and {} or constraint.keys) then
        report(ctx, stmt.tree.relation, constraint)
      end
    end
  end,

  bad = {
    "CREATE UNIQUE INDEX CONCURRENTLY users_email ON users (email);",
    "ALTER TABLE users ADD COLUMN city text; CREATE UNIQUE INDEX a ON users (email, city); CREATE UNIQUE INDEX b ON users (email);",
    "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);",
    "ALTER TABLE users ADD COLUMN code text DEFAULT 'a', ADD CONSTRAINT users_code_key UNIQUE (code);",
  },
  good = {
    "CREATE TABLE users (email text); CREATE UNIQUE INDEX users_email ON users (email);",
    "DELETE FROM users WHERE duplicate; CREATE UNIQUE INDEX users_email ON users (email);",
    "SELECT email FROM users GROUP BY email HAVING count(*) > 1; -- expect: no rows\nCREATE UNIQUE INDEX a ON users (email);",
    "ALTER TABLE users ADD COLUMN code text; CREATE UNIQUE INDEX users_code ON users (code);",
    "ALTER TABLE a ADD COLUMN k uuid NOT NULL DEFAULT gen_random_uuid(); CREATE UNIQUE INDEX a_k ON a (k);",
    "CREATE INDEX CONCURRENTLY users_name ON users (name);",
    "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email;",
  },
}

local core = ...
local constraints = core.require "lint.schema.constraints"
local tree = core.require "lint.tree"

-- The key columns of an index of the migrations or of the database; nil if they are unknown.
local function columns_of(ctx, relation, name)
  local made, known = ctx.tables:find(relation), ctx:table(relation)
  for _, index in ipairs(made and made.indexes or {}) do
    if index.name == name then return index.columns end
  end
  return known and known.indexes[name] and known.indexes[name].columns
end

-- A column that may have NULL; or nil.
local function nullable(ctx, relation, name)
  local columns = columns_of(ctx, relation, name)
  for _, column in ipairs(columns or {}) do
    if not constraints.is_not_null(ctx, relation, column) then return column end
  end
  return not columns and "its columns" or nil
end

return {
  id       = "primary-key-nullable-index",
  aliases  = { "W14", "PG304", "pk-using-index-nullable", "L11" },
  group    = "lock",
  severity = "warning",
  summary  = "a primary key with USING INDEX reads the table if its columns are not NOT NULL yet",
  why      = [[
ADD PRIMARY KEY USING INDEX makes the columns NOT NULL. If they are not, PostgreSQL looks for NULL in every row under
ACCESS EXCLUSIVE, unless a valid CHECK constraint proves that there is none.]],
  fix      = [[
Set the columns NOT NULL first, with the help of a validated CHECK constraint. If neither the migrations nor a database tell
that a column is NOT NULL, the rule assumes that it may have NULL.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      local constraint = command.subtype == "AT_AddConstraint" and command.def
      local relation = stmt.tree.relation
      if constraint and constraint.contype == "CONSTR_PRIMARY" and constraint.indexname then
        local column = nullable(ctx, tree.name(relation), constraint.indexname)
        if column then
          ctx:report { at = constraint, relation = relation,
                       message = ("the primary key reads all rows of %s while reads and writes wait, if %s can be NULL"):format(
                         relation.relname, column) }
        end
      end
    end
  end,

  bad = {
    "ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_id;",
    "CREATE UNIQUE INDEX CONCURRENTLY users_id ON users (id); ALTER TABLE users ADD PRIMARY KEY USING INDEX users_id;",
  },
  good = {
    [[CREATE UNIQUE INDEX CONCURRENTLY users_id ON users (id);
ALTER TABLE users ALTER COLUMN id SET NOT NULL;
ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY USING INDEX users_id;]],
    "CREATE TABLE a (id int); CREATE UNIQUE INDEX a_id ON a (id); ALTER TABLE a ADD PRIMARY KEY USING INDEX a_id;",
  },
}

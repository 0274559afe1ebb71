local core = ...
local foreign_keys = core.require "lint.schema.foreign_keys"
local tree = core.require "lint.tree"

local same = { serial = "int4", serial4 = "int4", bigserial = "int8", serial8 = "int8", smallserial = "int2", serial2 = "int2",
               varchar = "text" }
local words = { int2 = "smallint", int4 = "integer", int8 = "bigint" }

local function type_of(column)
  local name = tree.type_name(column.type)
  return same[name] or name
end

return {
  id       = "foreign-key-type-mismatch",
  aliases  = { "Y09" },
  group    = "type",
  severity = "warning",
  summary  = "a foreign key and the column that it references have different types",
  why      = [[
PostgreSQL accepts integer for a reference to bigint. An INSERT fails once the referenced key is larger than an integer
can hold, and comparisons of other pairs, such as numeric with bigint, convert each value and cannot use every index.]],
  fix      = "Give the column the type of the column that it references.",

  conclude = function(ctx)
    for key, of in ctx.tables:from(ctx.migration, "foreign") do
      for _, pair in ipairs(foreign_keys.pairs(key, of, ctx.tables)) do
        local mine, theirs = type_of(pair[1]), type_of(pair[2])
        if mine ~= theirs then
          ctx:report { statement = key.statement, at = key.definition,
                       message = ("%s.%s is %s, but it references %s.%s, which is %s"):format(of.relation.relname, pair[1].name,
                         words[mine] or mine, key.target.relname, pair[2].name, words[theirs] or theirs) }
        end
      end
    end
  end,

  bad = {
    "CREATE TABLE u (id bigint PRIMARY KEY); CREATE TABLE o (u_id integer REFERENCES u);",
    "CREATE TABLE u (id numeric, a int, PRIMARY KEY (a, id)); CREATE TABLE o (x int, y int, FOREIGN KEY (x, y) REFERENCES u (a, id));",
    "CREATE TABLE u (id bigserial PRIMARY KEY); ALTER TABLE o ADD COLUMN u_id integer REFERENCES u (id);",
  },
  good = {
    "CREATE TABLE u (id bigserial PRIMARY KEY); CREATE TABLE o (u_id bigint REFERENCES u);",
    "CREATE TABLE o (u_id integer REFERENCES u (id));",
    "CREATE TABLE u (id text PRIMARY KEY); CREATE TABLE o (u_id varchar(10) REFERENCES u);",
  },
}

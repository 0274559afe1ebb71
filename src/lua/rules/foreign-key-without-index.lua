local core = ...
local foreign_keys = core.require "lint.schema.foreign_keys"
local tree = core.require "lint.tree"

-- `some`: an index whose first n columns are some of those of the key.
local function message(key, of, some, n)
  local mine, theirs = of.relation.relname, key.target.relname
  local part = some and table.concat(some.columns, ", ", 1, n)
  return ("%s (%s) references %s but has no index%s; DELETE in %s reads all rows of %s%s"):format(
    mine, table.concat(key.columns, ", "), theirs, some and " that begins with these columns" or "", theirs, mine,
    some and (" that have the same %s"):format(part) or "")
end

return {
  id       = "foreign-key-without-index",
  aliases  = { "E15", "Y08" },
  group    = "type",
  severity = "warning",
  summary  = "a foreign key has no index that begins with its columns",
  why      = [[
PostgreSQL makes an index for the referenced columns, but none for the referencing ones. Each DELETE, and each UPDATE of
the key, in the referenced table reads the whole referencing table to find rows that point to the old key.]],
  fix      = "Create an index on the columns of the foreign key, without WHERE. On a table in use, create it with CONCURRENTLY.",

  conclude = function(ctx)
    for key, of in ctx.tables:from(ctx.migration, "foreign") do
      local index, some, n = foreign_keys.index(key, of)
      if foreign_keys.is_known(key, of) and not index then
        local names = {}
        for i, column in ipairs(key.columns) do names[i] = tree.quoted(column) end
        ctx:report { statement = key.statement, at = key.definition, severity = some and "note",
                     message = message(key, of, some, n),
                     fix = ("CREATE INDEX CONCURRENTLY ON %s (%s);"):format(tree.sql_name(of.relation), table.concat(names, ", ")) }
      end
    end
  end,

  bad = {
    "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);",
    "CREATE TABLE orders (a int, b int, FOREIGN KEY (a) REFERENCES users); CREATE INDEX ON orders (b, a);",
    "CREATE TABLE orders (a int REFERENCES users); CREATE INDEX ON orders (a) WHERE a = 1;",
    "ALTER TABLE orders ADD COLUMN user_id bigint REFERENCES users;",
    "CREATE TABLE orders (a int, b int, c int, FOREIGN KEY (a, b) REFERENCES users, UNIQUE (a, c));",
  },
  good = {
    "CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users); CREATE INDEX ON orders (user_id);",
    "CREATE TABLE orders (id bigint PRIMARY KEY REFERENCES users);",
    "CREATE TABLE orders (a int, b int, FOREIGN KEY (a, b) REFERENCES users, UNIQUE (b, a, c), c int);",
    "CREATE TABLE orders (a int REFERENCES users); CREATE INDEX ON orders (a) WHERE a IS NOT NULL;",
    "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users NOT VALID;",
  },
}

local core = ...
local Edit = core.require "lint.fix.edit"

return {
  id       = "concurrently-if-not-exists",
  aliases  = { "B02" },
  group    = "robust",
  severity = "warning",
  summary  = "CREATE INDEX CONCURRENTLY IF NOT EXISTS accepts the invalid index of a failed attempt",
  why      = [[
A CREATE INDEX CONCURRENTLY that fails leaves an invalid index, which slows writes and which no query uses. With IF NOT
EXISTS the next attempt finds an index of that name and succeeds without building it. A unique index then does not keep
duplicates out. moonbird removes the invalid index before it tries again and checks the result, so this rule is about
files that another program runs.]],
  fix      = [[
Leave IF NOT EXISTS out, or drop the index first: DROP INDEX CONCURRENTLY IF EXISTS name.]],

  check = function(stmt, ctx)
    local index = stmt.tree
    if index.tag ~= "IndexStmt" or not index.concurrent or not index.if_not_exists or not ctx.migration.foreign then return end
    for _, statement in ctx:before "DropStmt" do
      if statement.tree.removeType == "OBJECT_INDEX" then return end
    end
    local edit = Edit.new(stmt)
    local n = edit:find "if"
    edit:replace(n, n + 2)
    ctx:report { message = ("IF NOT EXISTS accepts an invalid index %s that a failed attempt left"):format(index.idxname),
                 fix = edit:text() .. ";" }
  end,

  bad = {
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email ON users (email);",
    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_email ON users (email);",
  },
  good = {
    "CREATE INDEX CONCURRENTLY users_email ON users (email);",
    "CREATE INDEX IF NOT EXISTS users_email ON users (email);",
    [[DROP INDEX CONCURRENTLY IF EXISTS users_email;
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email ON users (email);]],
  },
}

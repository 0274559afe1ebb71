local core = ...
local tree = core.require "lint.tree"

-- Does another index of the migrations begin with the same columns?
local function is_replaced(ctx, relation, name, columns)
  local of = ctx.tables:find(relation)
  for _, index in ipairs(of and of.indexes or {}) do
    local same = index.name ~= name
    for i, column in ipairs(columns) do same = same and index.columns[i] == column end
    if same then return true end
  end
  return false
end

return {
  id       = "drop-used-index",
  aliases  = { "C08" },
  group    = "compat",
  severity = "warning",
  needs    = "database",
  summary  = "an index is dropped that queries have used",
  why      = [[
The statistics of the database say that queries use the index. Without it they read the whole table, which can make a busy
application stop.]],
  fix      = [[
Look for the queries, for example with pg_stat_statements, and create the index that they need before this one is dropped.]],

  check = function(stmt, ctx)
    local drop = stmt.tree
    if drop.tag ~= "DropStmt" or drop.removeType ~= "OBJECT_INDEX" then return end
    for _, name in ipairs(drop.objects) do
      local index, relation = ctx:index_of(name)
      if index and index.scans > 0 and not is_replaced(ctx, relation, name[#name], index.columns) then
        ctx:report { relation = relation, fix = "-- first CREATE INDEX CONCURRENTLY for the queries that use it",
                     message = ("queries use the index %s: %d scan%s since the statistics began"):format(
                       tree.name(name), index.scans, index.scans == 1 and "" or "s") }
      end
    end
  end,

  bad = { "DROP INDEX CONCURRENTLY users_email;", "DROP INDEX app.users_name;" },
  good = {
    "DROP INDEX CONCURRENTLY never_used;",
    "CREATE INDEX CONCURRENTLY users_email_name ON users (email, name);\nDROP INDEX CONCURRENTLY users_email;",
  },
}

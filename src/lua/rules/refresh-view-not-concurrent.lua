local core = ...
local tree = core.require "lint.tree"

return {
  id       = "refresh-view-not-concurrent",
  aliases  = { "refresh-matview-not-concurrent", "L05" },
  group    = "lock",
  severity = "error",
  summary  = "REFRESH MATERIALIZED VIEW without CONCURRENTLY blocks reads of the view until its query ends",
  why      = [[
REFRESH MATERIALIZED VIEW takes ACCESS EXCLUSIVE on the materialized view while its query runs. SELECT on the view
waits.]],
  fix      = [[
Use REFRESH MATERIALIZED VIEW CONCURRENTLY. It takes EXCLUSIVE, which allows reads. It needs a unique index on columns of
the view, without WHERE, and a view that has been filled once. It is slower.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    if top.tag ~= "RefreshMatViewStmt" or top.concurrent or top.skipData or ctx:is_new(top.relation) then return end
    ctx:report { at = top.relation, relation = top.relation,
                 message = ("REFRESH blocks reads of %s until its query ends"):format(top.relation.relname),
                 fix = ("REFRESH MATERIALIZED VIEW CONCURRENTLY %s;"):format(tree.sql_name(top.relation)) }
  end,

  bad = { "REFRESH MATERIALIZED VIEW totals;", "REFRESH MATERIALIZED VIEW app.totals WITH DATA;" },
  good = {
    "REFRESH MATERIALIZED VIEW CONCURRENTLY totals;",
    "CREATE MATERIALIZED VIEW totals AS SELECT 1 AS n WITH NO DATA; REFRESH MATERIALIZED VIEW totals;",
  },
}

local core = ...
local changed_rows = core.require "lint.tree.changed_rows"
local tree = core.require "lint.tree"

return {
  id       = "change-without-where",
  aliases  = { "D04", "update-without-where", "delete-without-where", "mutation-without-where" },
  group    = "data",
  severity = "warning",
  summary  = "UPDATE or DELETE without WHERE changes all rows",
  why      = [[
WHERE may have been forgotten. The old values are gone when the migration commits. All rows stay locked until then, and
an UPDATE writes the table a second time.]],
  fix      = [[
Write WHERE, also if all rows are meant: WHERE true. Change a large table in batches, with a backfill.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    local word = changed_rows.word(top)
    if not word or top.whereClause or ctx:is_new(top.relation) or changed_rows.fills_new_columns(ctx, top) then return end
    ctx:report { at = top.relation, relation = top.relation,
                 message = word == "DELETE" and ("DELETE without WHERE deletes all rows of %s"):format(tree.name(top.relation))
                           or ("UPDATE without WHERE changes all rows of %s"):format(tree.name(top.relation)),
                 fix = "Add WHERE with a condition, or WHERE true if all rows are meant." }
  end,

  bad = {
    "UPDATE users SET active = false;",
    "DELETE FROM sessions;",
    "DELETE FROM a USING b;",
  },
  good = {
    "UPDATE users SET active = false WHERE true;",
    "CREATE TABLE t AS SELECT 1 AS a; DELETE FROM t;",
    "ALTER TABLE users ADD COLUMN kind text; UPDATE users SET kind = 'guest';",
  },
}

local core = ...
local changed_rows = core.require "lint.tree.changed_rows"
local tree = core.require "lint.tree"

return {
  id       = "large-change",
  aliases  = { "D11", "update-without-batches" },
  group    = "data",
  severity = "note",
  summary  = "one UPDATE or DELETE may change many rows in one transaction",
  why      = [[
The changed rows stay locked until the migration commits, and other sessions that change them wait. Dead rows stay until
VACUUM, replicas fall behind, and after an error all of the work is done again. With a database, lint knows the size of
the table.]],
  fix      = [[
Change the rows in batches that commit, with a backfill: see moonbird help backfills.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    local word = changed_rows.word(top)
    if not word or ctx:is_new(top.relation) or changed_rows.is_selective(top) or changed_rows.is_altered(ctx, top) then return end
    if not top.whereClause and not changed_rows.fills_new_columns(ctx, top) then return end
    ctx:report { at = top.relation, relation = top.relation,
                 message = ("%s may change many rows of %s in one transaction"):format(word, tree.name(top.relation)),
                 fix = "Change the rows in batches: moonbird help backfills." }
  end,

  bad = {
    "UPDATE users SET email = lower(email) WHERE email <> lower(email);",
    "ALTER TABLE users ADD COLUMN kind text; COMMIT; UPDATE users SET kind = 'guest';",
    "DELETE FROM events WHERE created_at < now() - interval '1 year';",
  },
  good = {
    "UPDATE users SET name = 'x' WHERE id = 5;",
    "UPDATE plans SET price = 1 WHERE code IN ('a', 'b');",
    "UPDATE users SET name = 'x' WHERE id = ANY ($1);",
    "CREATE TABLE t (a int); UPDATE t SET a = 1 WHERE a IS NULL;",
  },
}

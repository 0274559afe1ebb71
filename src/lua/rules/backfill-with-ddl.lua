local core = ...
local changed_rows = core.require "lint.tree.changed_rows"
local tree = core.require "lint.tree"

return {
  id       = "backfill-with-ddl",
  aliases  = { "D05", "backfill-in-ddl-tx", "change_column_null" },
  group    = "data",
  severity = "error",
  summary  = "a transaction alters a table and then changes its rows, and the table stays locked all that time",
  why      = [[
ALTER TABLE keeps its lock, usually ACCESS EXCLUSIVE, until the transaction ends. While the UPDATE or DELETE runs, every
other session that reads or writes the table waits.]],
  fix      = [[
Put the change of the rows into a migration after this one, or use a backfill, which commits in batches.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    local word = changed_rows.word(top)
    if not word or ctx:is_new(top.relation) or changed_rows.is_selective(top) then return end
    if changed_rows.is_altered(ctx, top) then
      ctx:report { at = top.relation, relation = top.relation,
                   message = ("%s stays locked by ALTER TABLE while this %s runs"):format(tree.name(top.relation), word),
                   fix = ("Put this %s into a migration after this one."):format(word) }
    end
  end,

  bad = {
    "ALTER TABLE users ADD COLUMN kind text; UPDATE users SET kind = 'guest';",
    "ALTER TABLE users ADD a int; CREATE TABLE x (b int); UPDATE users SET a = 1 WHERE a IS NULL;",
  },
  good = {
    "ALTER TABLE users VALIDATE CONSTRAINT a; UPDATE users SET kind = 'guest' WHERE kind IS NULL;",
    "ALTER TABLE users ADD COLUMN kind text; COMMIT; UPDATE users SET kind = 'guest';",
    "CREATE TABLE users (a int); ALTER TABLE users ADD b int; UPDATE users SET b = a;",
    "ALTER TABLE plans ADD COLUMN kind text; UPDATE plans SET kind = 'x' WHERE id = 1;",
  },
}

local core = ...
local changed_rows = core.require "lint.tree.changed_rows"
local tree = core.require "lint.tree"

local verbs = { UpdateStmt = "UPDATE", DeleteStmt = "DELETE", MergeStmt = "MERGE", InsertStmt = "INSERT", CopyStmt = "COPY" }

-- An INSERT with its rows in the statement is short; COPY TO changes nothing.
local function is_short(top)
  return top.tag == "InsertStmt" and not (top.selectStmt and top.selectStmt.fromClause) or top.tag == "CopyStmt" and not top.is_from
end

-- backfill-with-ddl reports an UPDATE or DELETE of the table that is locked.
local function held_by(ctx, top)
  local of_same = top.tag == "UpdateStmt" or top.tag == "DeleteStmt"
  return ctx:access_exclusive(of_same and tree.name(top.relation) or nil)
end

return {
  id       = "dml-under-access-exclusive",
  aliases  = { "L26" },
  group    = "lock",
  severity = "error",
  summary  = "rows are changed while the transaction holds ACCESS EXCLUSIVE on a table",
  why      = [[
A lock is kept until the transaction ends. While UPDATE, DELETE or INSERT ... SELECT runs after a statement that took
ACCESS EXCLUSIVE, such as ALTER TABLE, all reads and writes of that table wait.]],
  fix      = [[
Change the rows in another transaction, in batches, with a backfill: see moonbird help backfills.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    local held = verbs[top.tag] and top.relation and not is_short(top) and held_by(ctx, top)
    if not held or ctx:is_new(top.relation) or changed_rows.is_selective(top) then return end
    ctx:report { at = top.relation, relation = top.relation,
                 message = ("%s of %s runs while its transaction holds ACCESS EXCLUSIVE on %s, from line %d"):format(
                   verbs[top.tag], top.relation.relname, held.relation, held.line),
                 fix = "COMMIT;  -- before it, or change the rows in batches with a backfill" }
  end,

  bad = {
    "ALTER TABLE users ADD COLUMN age int; UPDATE orders SET age = 0;",
    "ALTER TABLE users ADD COLUMN age int; DELETE FROM orders WHERE user_id IS NULL;",
    "ALTER TABLE users ADD COLUMN age int; INSERT INTO archive SELECT * FROM users;",
  },
  good = {
    "ALTER TABLE users ADD COLUMN age int; COMMIT; UPDATE users SET age = 0;",
    "ALTER TABLE users ADD COLUMN age int; INSERT INTO kinds (name) VALUES ('a');",
    "CREATE TABLE users (id int); ALTER TABLE users ADD COLUMN age int; UPDATE users SET age = 0;",
    "DROP TABLE IF EXISTS t; CREATE TEMP TABLE t AS SELECT id FROM old; UPDATE users SET age = 0;",
    "UPDATE users SET age = 0; ALTER TABLE users DROP COLUMN born;",
  },
}

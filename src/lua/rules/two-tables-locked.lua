-- rewrite-under-lock reports a statement that takes long with its lock.
local function is_long(fact) return not fact.loses and (fact.rewrites or fact.scans) end

return {
  id       = "two-tables-locked",
  aliases  = { "L19" },
  group    = "lock",
  severity = "note",
  summary  = "one transaction takes strong locks on two tables",
  why      = [[
While the transaction waits for the lock on the second table, it holds the one on the first, so other sessions wait for
both. If a session uses the tables in the other order, there is a deadlock, and PostgreSQL cancels one of the two.]],
  fix      = [[
Change each table in a transaction of its own: write COMMIT between the statements, or use two migrations.]],

  check = function(_, ctx)
    for _, each in ipairs(ctx:blocking()) do
      local held = not each.index and ctx:other_lock(each.relation)
      if held and not is_long(each.effect.fact) and not ctx.held[each.relation] and ctx:once("two-tables-locked", true) then
        ctx:report { at = each.effect.at, fix = "COMMIT;  -- before it",
                     message = ("the statement waits for %s on %s while its transaction holds %s on %s, from line %d"):format(
                       each.lock, each.relation, held.lock, held.relation, held.line) }
      end
    end
  end,

  bad = {
    "ALTER TABLE users ADD COLUMN age int; ALTER TABLE orders ADD COLUMN note text;",
    "ALTER TABLE orders ADD CONSTRAINT a FOREIGN KEY (x) REFERENCES users NOT VALID; CREATE TRIGGER t BEFORE UPDATE ON bills EXECUTE FUNCTION f();",
  },
  good = {
    "ALTER TABLE users ADD COLUMN age int; COMMIT; ALTER TABLE orders ADD COLUMN note text;",
    "ALTER TABLE users ADD COLUMN age int; ALTER TABLE users ADD COLUMN note text;",
    "CREATE TABLE users (id int); ALTER TABLE users ADD COLUMN age int; ALTER TABLE orders ADD COLUMN note text;",
    "ALTER TABLE orders ADD CONSTRAINT a FOREIGN KEY (x) REFERENCES users NOT VALID;",
  },
}

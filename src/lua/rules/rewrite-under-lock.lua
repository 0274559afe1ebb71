local function is_short(fact) return fact.loses or not (fact.rewrites or fact.scans) end

return {
  id       = "rewrite-under-lock",
  aliases  = { "E10", "R07" },
  group    = "rewrite",
  severity = "error",
  summary  = "a table is rewritten while the transaction holds a strong lock on another one",
  why      = [[
A lock is kept until the transaction ends. While PostgreSQL rewrites one table or builds its indexes, other sessions
wait for the other table, too.]],
  fix      = [[
Change each table in a transaction of its own: write COMMIT between the statements, or use two migrations.]],

  check = function(_, ctx)
    for _, each in ipairs(ctx:blocking()) do
      local held = not each.index and not is_short(each.effect.fact) and each.effect.relation == each.relation and ctx:other_lock(each.relation)
      if held then
        return ctx:report { at = each.effect.at, relation = each.relation, fix = "COMMIT;  -- before it",
                            message = ("the statement %s %s while its transaction holds %s on %s, from line %d%s"):format(
                              each.effect.fact.rewrites and "rewrites" or "reads all rows of", each.relation,
                              held.lock, held.relation, held.line, each.effect.fact.unless or "") }
      end
    end
  end,

  bad = {
    "ALTER TABLE users ADD COLUMN age int; ALTER TABLE orders ADD COLUMN n bigserial;",
    "ALTER TABLE users ADD COLUMN age int; CREATE INDEX orders_a ON orders (a);",
  },
  good = {
    "ALTER TABLE users ADD COLUMN age int; COMMIT; ALTER TABLE orders ADD COLUMN n bigserial;",
    "ALTER TABLE users ADD COLUMN age int; ALTER TABLE orders ADD COLUMN n int;",
    "ALTER TABLE users ADD COLUMN age int; ALTER TABLE users ADD COLUMN n bigserial;",
  },
}

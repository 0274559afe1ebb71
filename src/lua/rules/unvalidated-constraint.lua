return {
  id       = "unvalidated-constraint",
  aliases  = { "Y13" },
  group    = "type",
  severity = "note",
  rollback = false,
  summary  = "no migration validates a constraint that was added with NOT VALID",
  why      = [[
PostgreSQL checks new rows against the constraint, but old rows can break it. A restore of a dump with such rows works,
yet an UPDATE of such a row fails. The planner does not use the constraint, and SET NOT NULL cannot rely on it.]],
  fix      = "Add ALTER TABLE … VALIDATE CONSTRAINT …, in a transaction after the one that adds the constraint.",

  conclude = function(ctx)
    if not ctx.whole then return end
    for constraint, of in ctx.tables:from(ctx.migration, "not_valid") do
      ctx:report { statement = constraint.statement, at = constraint.definition,
                   message = ("no migration validates the constraint %s of %s"):format(constraint.name, of.relation.relname) }
    end
  end,

  bad = {
    "ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18) NOT VALID;",
    "ALTER TABLE o ADD CONSTRAINT k FOREIGN KEY (u) REFERENCES u NOT VALID; COMMIT; ALTER TABLE o VALIDATE CONSTRAINT other;",
  },
  good = {
    "ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18) NOT VALID; COMMIT; ALTER TABLE users VALIDATE CONSTRAINT adult;",
    "ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18) NOT VALID; ALTER TABLE users DROP CONSTRAINT adult;",
  },
}

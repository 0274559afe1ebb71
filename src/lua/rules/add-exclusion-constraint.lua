return {
  id       = "add-exclusion-constraint",
  aliases  = { "E8", "add_exclusion_constraint", "L12" },
  group    = "lock",
  severity = "error",
  summary  = "a new exclusion constraint builds its index while reads and writes wait",
  why      = [[
ADD CONSTRAINT ... EXCLUDE takes ACCESS EXCLUSIVE and keeps it while it reads the table and builds the index. SELECT,
INSERT, UPDATE and DELETE wait. PostgreSQL has no NOT VALID and no USING INDEX for exclusion constraints.]],
  fix      = [[
Add the constraint while the table is small, or in a maintenance window. For a large table, create a new table with the
constraint, copy the rows in batches, and rename.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      if command.subtype == "AT_AddConstraint" and command.def.contype == "CONSTR_EXCLUSION" then
        local relation = stmt.tree.relation
        ctx:report { at = command.def, relation = relation,
                     message = ("the exclusion constraint builds an index on %s while reads and writes wait"):format(relation.relname) }
      end
    end
  end,

  bad = {
    "ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (room WITH =, during WITH &&);",
    "ALTER TABLE bookings ADD EXCLUDE (room WITH =);",
  },
  good = {
    "CREATE TABLE bookings (room int, during tsrange, EXCLUDE USING gist (during WITH &&));",
    "CREATE TABLE bookings (room int); ALTER TABLE bookings ADD EXCLUDE (room WITH =);",
  },
}

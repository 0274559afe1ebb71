local core = ...
local constraints = core.require "lint.schema.constraints"
local tree = core.require "lint.tree"

return {
  id       = "attach-partition-scan",
  aliases  = { "L24" },
  group    = "lock",
  severity = "warning",
  summary  = "ATTACH PARTITION reads the new partition, unless a CHECK constraint implies its bounds",
  why      = [[
ATTACH PARTITION takes SHARE UPDATE EXCLUSIVE on the partitioned table, and ACCESS EXCLUSIVE on the new partition and on
a default partition. Both are read while these locks are held, unless a valid CHECK constraint shows that all rows fit.]],
  fix      = [[
Add a CHECK constraint that says the same as the bounds, with IS NOT NULL for the key. Add it with NOT VALID, validate it,
and drop it after ATTACH PARTITION. The rule accepts every valid CHECK constraint of the partition; without a database, it
knows only those of the same migration.]],

  check = function(stmt, ctx)
    local top = stmt.tree
    for _, command in ipairs(top.tag == "AlterTableStmt" and top.objtype == "OBJECT_TABLE" and top.cmds or {}) do
      local partition = command.subtype == "AT_AttachPartition" and command.def.name
      if partition and not ctx:is_new(partition) and #constraints.valid_checks(ctx, tree.name(partition)) == 0 then
        local on = tree.sql_name(partition)
        ctx:report { at = partition, relation = partition,
                     message = ("ATTACH PARTITION reads all rows of %s while reads and writes of it wait"):format(partition.relname),
                     fix = ([[
ALTER TABLE %s ADD CONSTRAINT bounds CHECK (…) NOT VALID;
ALTER TABLE %s VALIDATE CONSTRAINT bounds;  -- in a later transaction
%s;
ALTER TABLE %s DROP CONSTRAINT bounds;]]):format(on, on, stmt.text, on) }
      end
    end
  end,

  bad = {
    "ALTER TABLE events ATTACH PARTITION events_2020 FOR VALUES FROM (2020) TO (2021);",
    [[ALTER TABLE old ADD CONSTRAINT c CHECK (year = 2020) NOT VALID;
ALTER TABLE events ATTACH PARTITION old FOR VALUES IN (2020);]],
  },
  good = {
    [[ALTER TABLE old ADD CONSTRAINT c CHECK (year IS NOT NULL AND year = 2020) NOT VALID;
COMMIT;
ALTER TABLE old VALIDATE CONSTRAINT c;
ALTER TABLE events ATTACH PARTITION old FOR VALUES IN (2020);]],
    "CREATE TABLE n (LIKE events); ALTER TABLE events ATTACH PARTITION n FOR VALUES IN (2020);",
  },
}

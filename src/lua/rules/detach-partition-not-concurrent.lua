local core = ...
local tree = core.require "lint.tree"

return {
  id       = "detach-partition-not-concurrent",
  aliases  = { "require-concurrent-partition-detach", "L04" },
  group    = "lock",
  severity = "warning",
  summary  = "DETACH PARTITION without CONCURRENTLY blocks reads and writes of the whole partitioned table",
  why      = [[
DETACH PARTITION takes ACCESS EXCLUSIVE on the partitioned table. It is short, but it waits for every transaction that
uses any partition, and all other sessions wait behind it.]],
  fix      = [[
Use DETACH PARTITION ... CONCURRENTLY, in PostgreSQL 14 and later. It takes SHARE UPDATE EXCLUSIVE on the partitioned
table. It cannot run in a transaction, nor if the table has a default partition. In PostgreSQL 13, use a short
lock_timeout, and try again if it fails.]],

  check = function(stmt, ctx)
    for command in ctx:alter_table(stmt) do
      if command.subtype == "AT_DetachPartition" and not command.def.concurrent then
        local relation = stmt.tree.relation
        ctx:report { at = command.def.name,
                     message = ("DETACH PARTITION blocks reads and writes of %s and of all its partitions"):format(relation.relname),
                     fix = ("ALTER TABLE %s DETACH PARTITION %s CONCURRENTLY;"):format(
                       tree.sql_name(relation), tree.sql_name(command.def.name)) }
      end
    end
  end,

  bad = { "ALTER TABLE events DETACH PARTITION events_2020;", "ALTER TABLE app.events DETACH PARTITION app.events_2020;" },
  good = {
    "ALTER TABLE events DETACH PARTITION events_2020 CONCURRENTLY;",
    "CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE q PARTITION OF p DEFAULT; ALTER TABLE p DETACH PARTITION q;",
  },
}

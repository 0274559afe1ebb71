local core = ...
local keys = core.require "lint.schema.keys"

local wider = { int2 = "bigint", smallserial = "bigserial", serial2 = "bigserial" }

return {
  id       = "smallint-key",
  aliases  = { "prefer-bigint-over-smallint" },
  group    = "type",
  severity = "warning",
  summary  = "a key of type smallint ends at 32767",
  why      = [[
Sequences also count values that were rolled back, so a table reaches the end before it has that many rows. Then every
INSERT fails, and a change of the type to bigint rewrites the table and its indexes under ACCESS EXCLUSIVE. A smallint
saves 6 bytes in a row, and often none, because of padding.]],
  fix      = "Use bigint or uuid for keys.",

  check = function(stmt, ctx) keys.report_narrow(stmt, ctx, wider, "smallint", 32767) end,

  bad = {
    "CREATE TABLE kinds (id smallint PRIMARY KEY);",
    "CREATE TABLE kinds (nr smallserial);",
  },
  good = {
    "CREATE TABLE kinds (id bigint PRIMARY KEY, weekday smallint);",
    "CREATE TEMPORARY TABLE t (id smallint);",
  },
}

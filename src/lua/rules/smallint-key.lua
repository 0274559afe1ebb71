local core = ...
local columns = core.require "lint.schema.columns"
local keys = core.require "lint.schema.keys"
local quoted = core.require "lint.quoted"

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

  check = function(stmt, ctx)
    for _, column in ipairs(columns.of(stmt)) do
      local better = wider[column.type_name]
      if better and keys.is_key(stmt, column) then
        ctx:report { at = column.type, message = ("%s of %s is a key of type smallint, which ends at 32767"):format(
                       column.name, column.relation.relname),
                     fix = ("%s %s%s"):format(quoted(column.name), better, column.is_array and "[]" or "") }
      end
    end
  end,

  bad = {
    "CREATE TABLE kinds (id smallint PRIMARY KEY);",
    "CREATE TABLE kinds (nr smallserial);",
  },
  good = {
    "CREATE TABLE kinds (id bigint PRIMARY KEY, weekday smallint);",
    "CREATE TEMPORARY TABLE t (id smallint);",
  },
}

local core = ...
local columns = core.require "lint.schema.columns"
local tree = core.require "lint.tree"

return {
  id       = "timestamp-without-zone",
  aliases  = { "prefer-timestamptz", "prefer-timestamp-tz", "Y05" },
  group    = "type",
  severity = "warning",
  summary  = "timestamp without time zone drops the offset, so a value does not say which moment it is",
  why      = [[
2026-01-01 12:00+02 and 2026-01-01 12:00-06 are stored as the same timestamp. now() is converted to the time zone of the
session, so two sessions with different settings write different values at the same moment. timestamptz stores the
moment, as UTC, in the same 8 bytes.]],
  fix      = [[
Use timestamptz. To change an old column whose values are in UTC: ALTER COLUMN … TYPE timestamptz USING column AT TIME
ZONE 'UTC'.
PostgreSQL 12 and later do this without a rewrite, if the setting TimeZone is UTC and USING is left out.]],

  check = function(stmt, ctx)
    for _, column in ipairs(columns.of(stmt)) do
      if column.type_name == "timestamp" then
        local name = tree.quoted(column.name)
        local fix = column.definition.colname and "%s timestamptz%s" or "ALTER COLUMN %s TYPE timestamptz%s"
        ctx:report { at = column.type,
                     message = ("%s of %s is a timestamp without time zone, which drops the offset"):format(
                       column.name, column.relation.relname),
                     fix = fix:format(name, column.is_array and "[]" or "") }
      end
    end
  end,

  bad = {
    "CREATE TABLE users (created_at timestamp NOT NULL DEFAULT now());",
    "ALTER TABLE users ADD COLUMN seen timestamp(3) without time zone;",
    "ALTER TABLE users ALTER COLUMN seen TYPE timestamp;",
  },
  good = {
    "CREATE TABLE users (created_at timestamptz NOT NULL DEFAULT now(), seen timestamp with time zone);",
    "CREATE TABLE holidays (day date, opens time);",
    "CREATE TEMPORARY TABLE t (seen timestamp);",
  },
}

local core = ...
local duration = core.require "lint.duration"

return {
  id       = "missing-statement-timeout",
  aliases  = { "require-statement-timeout", "require-timeout-settings", "L16" },
  group    = "lock",
  severity = "note",
  summary  = "a statement reads or rewrites a table under a strong lock without a statement_timeout",
  why      = [[
lock_timeout limits only the time for which a statement waits. A statement that has its lock and then reads a large table
blocks other sessions for as long as it takes, unless statement_timeout stops it.]],
  fix      = [[
Set statement_timeout to the time for which the application can wait. This rule assumes that the server's own
statement_timeout is 0, the default. In a migration of moonbird, other rules report such a statement, so this one is
only for files that another program runs.]],

  check = function(_, ctx)
    if not ctx.migration.foreign then return end
    for _, each in ipairs(ctx:blocking()) do
      local fact = each.effect.fact
      local is_long = (fact.scans or fact.rewrites and not fact.loses) and each.relation == each.effect.relation
      if is_long and duration(ctx.settings.statement_timeout) == 0 and ctx:once "statement_timeout" then
        ctx:report { at = each.effect.at, fix = "SET LOCAL statement_timeout = '1min';",
                     message = ("the statement %s %s under %s without a statement_timeout%s"):format(
                       fact.rewrites and "rewrites" or "reads all rows of", each.relation, each.lock, fact.unless or "") }
      end
    end
  end,

  bad = {
    "ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
    "SET statement_timeout = 0; ALTER TABLE users ADD COLUMN n bigserial;",
  },
  good = {
    "SET statement_timeout = '10s'; ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
    "ALTER TABLE users ADD COLUMN age int;",
    "TRUNCATE users;",
    "CREATE TABLE notes (user_id bigint); ALTER TABLE notes ADD FOREIGN KEY (user_id) REFERENCES users;",
  },
}

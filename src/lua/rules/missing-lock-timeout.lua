local core = ...
local duration = core.require "lint.duration"

local LONG = 60 * 1000

return {
  id       = "missing-lock-timeout",
  aliases  = { "require-timeout-settings", "E9", "require-lock-timeout", "L15" },
  group    = "lock",
  severity = "warning",
  summary  = "a statement waits for a strong lock without a lock_timeout",
  why      = [[
While a statement waits for a lock that blocks reads or writes, all sessions that come later wait behind it, even those
that do not conflict with the sessions that it waits for. One long query then stops the application.]],
  fix      = [[
Set lock_timeout to a few seconds, and run the migration again if it fails. moonbird sets 5s, and retries, unless
moonbird.lua says otherwise. This rule assumes that the server's own lock_timeout is 0, the default.]],

  check = function(_, ctx)
    local blocking = ctx:blocking()[1]
    if not blocking then return end
    local value = ctx.settings.lock_timeout
    local timeout = duration(value)
    if timeout and timeout > 0 and timeout <= LONG or timeout == nil or not ctx:once "lock_timeout" then return end
    ctx:report { at = blocking.effect.at, fix = "SET LOCAL lock_timeout = '5s';",
                 message = timeout == 0 and ("the statement waits for %s on %s without a lock_timeout"):format(blocking.lock, blocking.relation)
                   or ("the statement can wait for %s on %s for %s, and other sessions wait behind it"):format(
                     blocking.lock, blocking.relation, value) }
  end,

  bad = {
    "ALTER TABLE users ADD COLUMN age int;",
    "SET lock_timeout = 0; CREATE INDEX users_email ON users (email);",
    "SET lock_timeout = '1h'; ALTER TABLE users DROP COLUMN age;",
    "BEGIN; SET LOCAL lock_timeout = '1s'; COMMIT; ALTER TABLE users DROP COLUMN age;",
    "CREATE TABLE orders (user_id bigint REFERENCES users);",
  },
  good = {
    "SET lock_timeout = '5s'; ALTER TABLE users ADD COLUMN age int;",
    "SELECT set_config('lock_timeout', '5s', true); ALTER TABLE users ADD COLUMN age int;",
    "CREATE TABLE users (id bigint); CREATE INDEX users_id ON users (id); ALTER TABLE users ADD COLUMN age int;",
    "INSERT INTO users (id) VALUES (1);",
  },
}

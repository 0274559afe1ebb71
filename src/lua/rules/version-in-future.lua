local DAY = 24 * 60 * 60

-- The time that a number such as 20260131120000 means, in seconds; nil if it means none.
local function time_of(number)
  local year, month, day, hour, min, sec = number:match "^(%d%d%d%d)(%d%d)(%d%d)(%d%d)(%d%d)(%d%d)"
  if not year or tonumber(year) < 2000 or tonumber(month) > 12 or tonumber(day) > 31 then return nil end
  return os.time { year = year, month = month, day = day, hour = hour, min = min, sec = sec }
end

return {
  id       = "version-in-future",
  aliases  = { "B09" },
  group    = "robust",
  severity = "warning",
  rollback = false,
  summary  = "the number of the migration is a time in the future",
  why      = [[
Migrations run in the order of their numbers. Those that are made until then get lower numbers, so they run before this one in
a new database, and after it in a database that has it already.]],
  fix      = [[
Give the file the present time, as moonbird new does, before it is applied anywhere.]],

  check = function() end,

  finish = function(ctx)
    local number = ctx.migration.path:match "([^/]*)$":match "^%d+"
    local time = number and #number >= 14 and time_of(number)
    if time and time > os.time() + DAY then
      ctx:report { message = ("the number %s is a time in the future"):format(number),
                   fix = ("Give the file the number %s."):format(os.date "!%Y%m%d%H%M%S") }
    end
  end,

  bad = {
    { path = "migrations/29990101000000_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);" },
    { path = "migrations/20991231235959_orders.sql", "CREATE TABLE orders (id uuid PRIMARY KEY);" },
  },
  good = {
    { path = "migrations/20240101000000_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);" },
    { path = "migrations/0001_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);" },
    { path = "migrations/99999999999999_users.sql", "CREATE TABLE users (id uuid PRIMARY KEY);" },
  },
}

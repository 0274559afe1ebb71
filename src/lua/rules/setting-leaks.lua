local core = ...
local settings = core.require "lint.session_settings"

return {
  id       = "setting-leaks",
  aliases  = { "T06", "set-without-local" },
  group    = "tx",
  severity = "note",
  summary  = "SET without LOCAL stays in effect after the migration",
  why      = [[
SET is in effect until the session ends. A tool that runs the next migration in the same session, or a pooler that gives
the session to another client, passes the setting on. moonbird restores the session after each migration, so this rule
is about files that another program runs.]],
  fix      = [[
Use SET LOCAL, which ends with the transaction, or RESET the setting at the end of the file.]],

  check = function() end,

  finish = function(ctx)
    if not ctx.migration.foreign then return end
    for _, left in ipairs(settings.left(ctx.statements)) do
      if left.name ~= "search_path" then
        return ctx:report { statement = left.statement, fix = ("SET LOCAL %s = …;"):format(left.name),
                            message = ("%s stays changed in the session after this file"):format(left.name) }
      end
    end
  end,

  bad = {
    "SET lock_timeout = '2s'; ALTER TABLE users ADD COLUMN email text;",
    "SET ROLE owner; CREATE TABLE a (id int);",
  },
  good = {
    "SET LOCAL lock_timeout = '2s'; ALTER TABLE users ADD COLUMN email text;",
    "SET ROLE owner; CREATE TABLE a (id int); RESET ROLE;",
    "SET lock_timeout = '2s'; ALTER TABLE users ADD COLUMN email text; RESET ALL;",
  },
}

local core = ...
local settings = core.require "lint.session_settings"

return {
  id       = "search-path-leaks",
  aliases  = { "T08", "search-path-not-restored" },
  group    = "tx",
  severity = "warning",
  summary  = "search_path stays changed after the migration",
  why      = [[
Later migrations in the same session look for their tables in other schemas, and the migration tool may not find its own
history. The output of pg_dump makes search_path empty. moonbird restores search_path after each migration, so this rule
is about files that another program runs.]],
  fix      = [[
Use SET LOCAL search_path, RESET search_path at the end of the file, or write the schema before each name.]],

  check = function() end,

  finish = function(ctx)
    if not ctx.migration.foreign then return end
    for _, left in ipairs(settings.left(ctx.statements)) do
      if left.name == "search_path" then
        return ctx:report { statement = left.statement, fix = "SET LOCAL search_path = …;",
                            message = "search_path stays changed in the session after this file" }
      end
    end
  end,

  bad = {
    "SET search_path TO app; CREATE TABLE a (id int);",
    "SELECT pg_catalog.set_config('search_path', '', false); CREATE TABLE app.a (id int);",
  },
  good = {
    "SET LOCAL search_path TO app; CREATE TABLE a (id int);",
    "SET search_path TO app; CREATE TABLE a (id int); RESET search_path;",
    "SET search_path TO app; CREATE TABLE a (id int); SET search_path TO DEFAULT;",
    "SELECT set_config('search_path', 'app', true); CREATE TABLE a (id int);",
  },
}

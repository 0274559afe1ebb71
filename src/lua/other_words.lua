-- other_words.lua: the commands of other tools, and what to type for them.

local hints = {
  { "To apply pending migrations: moonbird up.",
    "migrate upgrade deploy update apply db:migrate db:push migrate:up migrate:latest migrate:run migrate:deploy" },
  { "To roll back the newest migration: moonbird down. To roll back N of them: moonbird down -n N.",
    "rollback revert downgrade undo db:rollback db:migrate:undo db:migrate:down migrate:down migrate:rollback migrate:undo" },
  { "To record a migration as applied without running it: moonbird mark NAME. For all of an existing database: moonbird baseline.",
    "stamp fake force changelog-sync" },
  { "To see what is applied and what is pending: moonbird status.",
    "current info list heads pending migrations db:version db:migrate:status migrate:status migrate:list migrate:currentVersion" },
  { "To compare the applied migrations with their files: moonbird verify. To check pending ones: moonbird lint.",
    "validate" },
  { "To make the files of a migration: moonbird new TITLE.",
    "revision make add migrate:make migration:create migration:generate" },
  { "To make the files of a migration: moonbird new TITLE. To create the database: moonbird database create.",
    "create db:create" },
  { "To drop the database with everything in it: moonbird database drop. For a new dev server: moonbird dev reset.",
    "clean drop reset fresh db:drop db:reset db:migrate:reset migrate:fresh migrate:reset" },
  { "To print the schema of the database: moonbird dump.",
    "db:schema:dump db:structure:dump introspect pull" },
  { "Write a command of your own: see \"Seeds\" in moonbird help commands.",
    "seed seed:run seed:make db:seed db:seed:all" },
}

local said = {}
for _, hint in ipairs(hints) do
  for word in hint[2]:gmatch "%S+" do said[word] = hint[1] end
end
return said

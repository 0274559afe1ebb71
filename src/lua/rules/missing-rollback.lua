return {
  id       = "missing-rollback",
  aliases  = { "B08" },
  group    = "robust",
  severity = "off",
  needs    = "project",
  summary  = "the migration has no rollback, and does not say that it is irreversible",
  why      = [[
moonbird down and redo refuse the migration, and all that were applied before it. When somebody needs the rollback, it has to
be written in a hurry. Turn this rule on if each migration of the project must have a rollback.]],
  fix      = [[
Write the rollback below a line "-- moonbird:down" or in a file NAME_rollback.sql, or write why there is none:
-- moonbird: irreversible=REASON.]],

  check = function() end,

  -- Only of a migration in a folder is it known whether it has a rollback.
  finish = function(ctx)
    local migration = ctx.migration
    local irreversible = migration.irreversible and migration.irreversible ~= moonbird.null
    if migration.rollback ~= false or irreversible or migration.repeatable or migration.lua then return end
    ctx:report { message = ("%s has no rollback"):format(migration.name),
                 fix = "-- moonbird:down\n…\n-- or, at the head of the file:\n-- moonbird: irreversible=REASON" }
  end,

  bad = { "ALTER TABLE users ADD COLUMN age int;", "-- moonbird: description=Ages\nALTER TABLE users ADD COLUMN age int;" },
  good = {
    "ALTER TABLE users ADD COLUMN age int;\n-- moonbird:down\nALTER TABLE users DROP COLUMN age;",
    "-- moonbird: irreversible=the values are gone\nALTER TABLE users DROP COLUMN age;",
  },
}

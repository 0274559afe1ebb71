return {
  id       = "drop-schema",
  aliases  = { "DS101" },
  group    = "data",
  severity = "error",
  summary  = "DROP SCHEMA CASCADE deletes all tables of the schema",
  why      = [[
CASCADE drops everything in the schema and everything that depends on it, and the statement names none of it. All rows
are gone when the migration commits. Without CASCADE, PostgreSQL drops an empty schema only.]],
  fix      = [[
Make a backup, such as pg_dump --schema. Drop the tables by name, so that a reader sees what is deleted, and then the
schema without CASCADE.]],

  check = function(stmt, ctx)
    local drop = stmt.tree
    if drop.tag ~= "DropStmt" or drop.removeType ~= "OBJECT_SCHEMA" or drop.behavior ~= "DROP_CASCADE" then return end
    for _, name in ipairs(drop.objects) do
      if not ctx.created["schema " .. name] and not ctx:is_undone("schema " .. name) then
        ctx:report { message = ("DROP SCHEMA %s CASCADE deletes all tables in it, with their rows"):format(name),
                     fix = ("DROP TABLE %s.…;  -- each table by name\nDROP SCHEMA %s;"):format(name, name) }
      end
    end
  end,

  bad = { "DROP SCHEMA app CASCADE;", "DROP SCHEMA IF EXISTS app, reports CASCADE;" },
  good = { "DROP SCHEMA app;", "CREATE SCHEMA scratch; DROP SCHEMA scratch CASCADE;" },
}

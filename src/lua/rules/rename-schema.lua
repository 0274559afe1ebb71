return {
  id       = "rename-schema",
  aliases  = { "rename_schema", "C03" },
  group    = "compat",
  severity = "error",
  summary  = "programs and settings that use the old name of the schema fail",
  why      = [[
Every name with the old schema fails from the commit on, and so does every search_path that has it: of a role, of the
database, of a function. PostgreSQL does not change functions written as strings.]],
  fix      = [[
Create the new schema, and move the tables one by one, with a view in the place of each. Drop the old schema when no
program uses it.]],

  check = function(stmt, ctx)
    local rename = stmt.tree
    if rename.tag ~= "RenameStmt" or rename.renameType ~= "OBJECT_SCHEMA" or ctx.created["schema " .. rename.subname] then return end
    ctx:report { message = ("programs, functions and search paths that use the schema %s fail when it is named %s"):format(
                   rename.subname, rename.newname),
                 fix = ("CREATE SCHEMA %s;  -- and move the tables one by one"):format(rename.newname) }
  end,

  bad = { "ALTER SCHEMA app RENAME TO app2;", "CREATE SCHEMA b; ALTER SCHEMA a RENAME TO c;" },
  good = { "CREATE SCHEMA a; ALTER SCHEMA a RENAME TO b;", "ALTER SCHEMA app OWNER TO admin;" },
}

-- The extensions that PostgreSQL 13 to 18 ship as trusted: CREATE on the database is enough.
local trusted = {}
for name in ([[btree_gin btree_gist citext cube dict_int fuzzystrmatch hstore intarray isn lo ltree pgcrypto pg_trgm plperl
               plpgsql pltcl seg tablefunc tcn tsm_system_rows tsm_system_time unaccent uuid-ossp jsonb_plperl
               bool_plperl hstore_plperl]]):gmatch "%S+" do
  trusted[name] = true
end

return {
  id       = "extension-needs-superuser",
  aliases  = { "B14" },
  group    = "robust",
  severity = "note",
  summary  = "only a superuser can create an extension that is not trusted",
  why      = [[
The role that runs migrations in production is often not a superuser, so the migration fails there (SQLSTATE 42501). Some
hosted services allow certain extensions.]],
  fix      = [[
Let an administrator create the extension first. CREATE EXTENSION IF NOT EXISTS then does nothing.]],

  check = function(stmt, ctx)
    local create = stmt.tree
    if create.tag ~= "CreateExtensionStmt" or trusted[create.extname] or create.if_not_exists then return end
    ctx:report { message = ("only a superuser can create the extension %s"):format(create.extname),
                 fix = "Let an administrator create it first, and write IF NOT EXISTS here." }
  end,

  bad = { "CREATE EXTENSION postgis;", "CREATE EXTENSION pg_stat_statements SCHEMA public;" },
  good = { "CREATE EXTENSION pg_trgm;", "CREATE EXTENSION IF NOT EXISTS postgis;" },
}

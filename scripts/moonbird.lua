-- The environments of the example project. Each has its address in a variable: DATABASE_STAGING_URL,
-- DATABASE_PRODUCTION_URL; `-e dev` is a private server where DATABASE_DEV_URL is not set.
return {
  tests = "tests/example", -- beside the program's own
  databases = {
    legacy = { url = env "DATABASE_LEGACY_URL" }, -- Clerk's, from before WorkOS; only read
  },
  environments = {
    staging = {},
    production = {
      protected = true,                   -- asks before it changes anything
      promote_from = "staging",           -- runs what ran there, as it ran there
      window = "Sun 02:00-04:00 UTC",     -- the maintenance window
      backup = "manual",                  -- pg_dump before each manual migration
    },
  },
}

-- The environments of the example project. Their addresses are in variables: DATABASE_STAGING_URL,
-- DATABASE_PRODUCTION_URL. `-e dev` uses a private server unless DATABASE_DEV_URL is set.
return {
  tests = "tests/example", -- beside the program's own
  lint = { rules = { ["create-enum"] = "off" } }, -- the application has the same enums; the team's own rules: scripts/rules
  databases = {
    legacy = { url = env "DATABASE_LEGACY_URL" }, -- Clerk's database, from before WorkOS; read-only
  },
  environments = {
    staging = {},
    production = {
      protected = true,                   -- asks before each change
      promote_from = "staging",           -- runs only what ran there with the same contents
      window = "Sun 02:00-04:00 UTC",     -- the maintenance window
      backup = "manual",                  -- pg_dump before each manual migration
    },
  },
}

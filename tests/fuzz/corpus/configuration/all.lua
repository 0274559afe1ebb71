return {
  migrations = "db/migrations", manual = "db/manual", tests = "t", backups = "b", history_schema = "h",
  lock_timeout = "2s", statement_timeout = 250, transaction_timeout = "1h", retries = 3, pipeline = false, out_of_order = "refuse", changed = "warn",
  memory = "64MB", time_limit = "1min",
  databases = { legacy = { url = env "X", writable = true } },
  grants = { ["scripts/x.lua"] = { "exec", "fs" } },
  environments = { production = { url = env "Y", protected = true, promote_from = "staging", window = "Sun 02:00-04:00 UTC", backup = "manual" }, staging = {} },
}

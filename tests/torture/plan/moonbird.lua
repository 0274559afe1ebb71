return { lock_timeout = "2s" }

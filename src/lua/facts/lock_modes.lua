-- lock_modes.lua: PostgreSQL's lock modes of tables, and which of them conflict.
--
-- Source: "Explicit Locking" in PostgreSQL's manual, table 13.2, the same in versions 13 to 18.  tests/schema/facts
-- tries each pair.

local AS, RS, RE, SUE, S, SRE, E, AE =
  "ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE",
  "ACCESS EXCLUSIVE"

local locks = {
  -- From the weakest to the strongest.
  modes = { AS, RS, RE, SUE, S, SRE, E, AE },
  conflicts = {
    [AS] = { AE },
    [RS] = { E, AE },
    [RE] = { S, SRE, E, AE },
    [SUE] = { SUE, S, SRE, E, AE },
    [S] = { RE, SUE, SRE, E, AE },
    [SRE] = { RE, SUE, S, SRE, E, AE },
    [E] = { RS, RE, SUE, S, SRE, E, AE },
    [AE] = { AS, RS, RE, SUE, S, SRE, E, AE },
  },
}

-- What a mode blocks while it is held: "reads and writes", "writes", or nil.  SELECT needs ACCESS SHARE; INSERT, UPDATE
-- and DELETE need ROW EXCLUSIVE.
function locks.blocks(mode)
  local blocked = {}
  for _, other in ipairs(locks.conflicts[mode] or {}) do blocked[other] = true end
  return blocked[AS] and "reads and writes" or blocked[RE] and "writes" or nil
end

return locks

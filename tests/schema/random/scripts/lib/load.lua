-- load.lua: SQL that is tried, in transactions that are rolled back.

local load = {}

local UNDONE = {}

-- Calls fn in a transaction that leaves nothing behind → its results.
function load.undone(db, fn)
  local results
  local ok, err = pcall(db.transaction, db, function()
    results = table.pack(fn())
    error(UNDONE, 0)
  end)
  if not ok and err ~= UNDONE then error(err, 0) end
  return table.unpack(results, 1, results.n)
end

-- Runs the statements, and retries those that fail after the others → the statements that succeeded, in their order.
function load.run(db, statements)
  local done, failed = {}, statements
  for _ = 1, 2 do
    local again = {}
    for _, sql in ipairs(failed) do
      if db:try(db.exec, db, sql) then done[#done + 1] = sql else again[#again + 1] = sql end
    end
    if #again == #failed then break end
    failed = again
  end
  return done, failed
end

return load

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

-- Runs the statements in one message: a round trip for each of them would take longer than the statements.
local try_each = [[
DO $random$
DECLARE
  statements text[] := %s;
  failed text := '';
BEGIN
  FOR i IN 1 .. cardinality(statements) LOOP
    BEGIN
      EXECUTE statements[i];
    EXCEPTION WHEN OTHERS THEN
      failed := failed || ' ' || i;
    END;
  END LOOP;
  PERFORM set_config('random.failed', failed, true);
END $random$]]

-- Runs the statements. Returns the positions of those that failed, as { [3] = true }.
local function try(db, statements)
  local list, failed = {}, {}
  for i, sql in ipairs(statements) do list[i] = db:escape_literal(sql) end
  db:exec(try_each:format("ARRAY[" .. table.concat(list, ",\n") .. "]::text[]"))
  for number in db:value("SELECT pg_catalog.current_setting('random.failed')"):gmatch "%d+" do
    failed[tonumber(number)] = true
  end
  return failed
end

-- Runs the statements, and retries those that fail after the others → the statements that succeeded, in their order.
function load.run(db, statements)
  local done, rest = {}, statements
  for _ = 1, 2 do
    local failed, again = try(db, rest), {}
    for i, sql in ipairs(rest) do
      if failed[i] then again[#again + 1] = sql else done[#done + 1] = sql end
    end
    if #again == #rest or #again == 0 then break end
    rest = again
  end
  return done
end

return load

-- measure.lua: runs each form of forms.lua, and compares what it locked, rewrote and read with statements.lua.

local forms = require "forms"
local locks = require "lock_modes"
local parts = require "parts"
local statements = require "statements"

local before_each = [[
DROP SCHEMA IF EXISTS f CASCADE;
CREATE SCHEMA f;
CREATE TABLE r (id int PRIMARY KEY);
INSERT INTO r SELECT generate_series(1, 5);
CREATE TABLE t (id int PRIMARY KEY, a int, b text, c varchar(10), e int NOT NULL);
INSERT INTO t SELECT i, i, i, i, i FROM generate_series(1, 5) i]]

local ranks = {}
for i, mode in ipairs(locks.modes) do ranks[mode] = i end

-- "AccessExclusiveLock" → "ACCESS EXCLUSIVE"
local function words(mode)
  return (mode:gsub("Lock$", ""):gsub("(%l)(%u)", "%1 %2"):upper())
end

-- Relations of the schema f: { [name] = { oid, file, scans } }, in a transaction.
local relations = [[
SELECT relname::text AS name, oid::int8 AS oid, pg_relation_filenode(oid)::int8 AS file,
       pg_stat_get_xact_tuples_returned(oid) AS read FROM pg_class
 WHERE relnamespace = 'f'::regnamespace AND relkind IN ('r', 'p', 'm', 'v', 'S', 'i')]]

local function look(db)
  local found = {}
  for _, row in ipairs(db:query(relations)) do found[row.name] = row end
  return found
end

-- The strongest mode of each relation that existed before; of an index only if the form names it.
local function held(db, before, named)
  local modes, by_oid = {}, {}
  for name, relation in pairs(before) do by_oid[relation.oid] = name end
  for _, row in ipairs(db:query "SELECT relation::int8 AS oid, mode FROM pg_locks WHERE pid = pg_backend_pid() AND granted AND relation IS NOT NULL") do
    local name, mode = by_oid[row.oid], words(row.mode)
    local counts = name and (named[name] or not name:find "_pkey$" and not name:find "^[ik]$" and not name:find "_[ab]$")
    if counts and ranks[mode] > (ranks[modes[name]] or 0) then modes[name] = mode end
  end
  return modes
end

-- What the statement of a form did in a transaction, which is rolled back.
local function measure(db, form, named)
  local result
  local undone = {}
  local ok, err = pcall(db.transaction, db, function()
    if form.before and form.before:find "^SET LOCAL" then db:exec(form.before) end
    local before = look(db)
    db:exec(parts.complete(form[1]))
    local on, read = form.on or "t", form.scanned or form.on or "t"
    local after = {}
    for _, row in ipairs(db:query([[SELECT x AS oid, pg_relation_filenode(x::oid)::int8 AS file,
      pg_stat_get_xact_tuples_returned(x::oid) AS read FROM unnest($1::int8[]) x]], { before[on].oid, before[read].oid })) do
      after[row.oid] = row
    end
    local file = after[before[on].oid].file
    result = {
      modes = held(db, before, named),
      rewrites = file ~= nil and file ~= before[on].file,
      scans = after[before[read].oid].read > before[read].read,
    }
    error(undone, 0)
  end)
  if not ok and err ~= undone then error(err, 0) end
  return result
end

-- The mode for which a statement that cannot run in a transaction waits, while another session holds the table.
local function measure_alone(db, form, url)
  local on = form.on or "t"
  local before = look(db)[on]
  local mode
  local other = moonbird.connect "other"
  other:transaction(function()
    other:exec("LOCK TABLE f." .. on .. " IN SHARE UPDATE EXCLUSIVE MODE")
    moonbird.exec { "sh", "-c", [[psql -X -q -d "$1" -c "SET application_name = 'alone'" -c "SET search_path = f" -c "$2" >/dev/null 2>&1 &]],
                    "sh", url, form[1] }
    for _ = 1, 200 do
      mode = db:value("SELECT mode FROM pg_locks WHERE relation = $1::oid AND NOT granted LIMIT 1", before.oid)
      if mode then break end
      moonbird.sleep(0.02)
    end
  end)
  other:close()
  for _ = 1, 500 do
    if db:value "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'alone'" == 0 then break end
    moonbird.sleep(0.02)
  end
  local after = look(db)[on]
  return { modes = { [on] = mode and words(mode) }, rewrites = after.file ~= before.file }
end

-- Lines for each difference between a fact and what was measured.
local function compare(fact, form, result)
  local lines, wanted = {}, { [form.on or "t"] = fact.lock }
  for role, mode in pairs(fact.others or {}) do wanted[form[role] or role] = mode end
  for name, mode in pairs(result.modes) do
    if wanted[name] ~= mode then lines[#lines + 1] = ("%s has %s, not %s"):format(name, mode, wanted[name]) end
  end
  for name, mode in pairs(wanted) do
    if not result.modes[name] then lines[#lines + 1] = ("%s has no lock, not %s"):format(name, mode) end
  end
  for _, what in ipairs { "rewrites", "scans" } do
    if result[what] ~= nil and result[what] ~= (fact[what] or false) then
      lines[#lines + 1] = ("%s: %s"):format(what, result[what])
    end
  end
  table.sort(lines)
  return lines
end

local function named_by(form)
  local named = {}
  for role, name in pairs(form) do
    if type(role) == "string" and role ~= "before" then named[name] = true end
  end
  return named
end

local function check(db, key, url)
  local fact, form = statements.of(key, db.server_version), forms[key]
  if not form then return { "no form" } end
  if not fact then return nil end
  db:exec(before_each)
  if form.before and not form.before:find "^SET LOCAL" then db:exec(parts.complete(form.before)) end
  local result = fact.alone and measure_alone(db, form, url) or measure(db, form, named_by(form))
  db:exec "DROP ACCESS METHOD IF EXISTS heap2 CASCADE"
  return compare(fact, form, result)
end

local function sorted(all)
  local keys = {}
  for key in pairs(all) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- Which of two modes conflict, tried with two sessions.
local function check_conflicts(db)
  local lines, other = {}, moonbird.connect "other"
  db:exec(before_each)
  for _, one in ipairs(locks.modes) do
    local conflicts = {}
    for _, mode in ipairs(locks.conflicts[one]) do conflicts[mode] = true end
    db:transaction(function()
      db:exec(("LOCK TABLE t IN %s MODE"):format(one))
      for _, two in ipairs(locks.modes) do
        local free = pcall(other.transaction, other, function() other:exec(("LOCK TABLE f.t IN %s MODE NOWAIT"):format(two)) end)
        if free == (conflicts[two] or false) then lines[#lines + 1] = ("%s and %s"):format(one, two) end
      end
    end)
  end
  return lines
end

return {
  name = "measure",
  summary = "compare the facts about statements with a server",
  needs = { db = true, project = true, write = true },
  args = { { name = "url", help = "the server" } },
  run = function(ctx, opts)
    local db, passed, failed = ctx.db, 0, 0
    db:exec "SET search_path = f; SET client_min_messages = error"
    local function report(key, lines)
      if not lines then return end
      if #lines == 0 then passed = passed + 1 else failed = failed + 1 end
      for _, line in ipairs(lines) do ctx.out:text(("FAIL  %s: %s"):format(key, line)) end
    end
    for _, key in ipairs(sorted(statements.all)) do
      local ok, lines = pcall(check, db, key, opts.url)
      report(key, not ok and { tostring(lines) } or lines)
    end
    for key in pairs(forms) do
      if not statements.all[key] then report(key, { "no fact" }) end
    end
    report("conflicts", check_conflicts(db))
    ctx.out:text(("%d passed, %d failed"):format(passed, failed))
    return failed > 0 and 1 or 0
  end,
}

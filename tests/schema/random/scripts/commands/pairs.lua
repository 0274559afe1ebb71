-- Random pairs of schemas A and B: the statements that moonbird writes lead from A to B, and back.

local coverage = require "coverage"
local new_world = require "world"
local prove = require "prove"
local shrink = require "shrink"

-- The statements of two schemas.  The second schema is usually the first one with changes; some statements fail.
local function new_pair(seed)
  math.randomseed(seed)
  local world = new_world(math.random(8, 45))
  local changed = math.random(100) <= 4 and new_world(20) or world:changed(({ 4, 15, 40, 80 })[math.random(4)])
  return world:sql(), changed:sql()
end

-- Two failures are the same if only names differ.
local function kind_of(why)
  return (why:match "^[^\n]*":gsub('"[^"]*"', ""):gsub("%f[%w_]%d+", ""))
end

local function join(statements) return #statements > 0 and table.concat(statements, ";\n") .. ";\n" or "" end

local function keep(name, a, b, why)
  moonbird.write(("../../failed/%s.sql"):format(name), ("-- %s\n%s-- then\n%s"):format(why:gsub("\n", "\n-- "), join(a), join(b)))
end

local function make_smaller(ctx, tried)
  local kind = kind_of(tried.why)
  local a, b = shrink(tried.a, tried.b, function(a, b)
    local why = prove.pair(ctx, a, b).why
    return why and kind_of(why) == kind
  end)
  return prove.pair(ctx, a, b)
end

local seen, whole = {}, false

-- Of equal failures, only the first one is made smaller, because that takes long.
local function report(ctx, seed, tried)
  local kind = kind_of(tried.why)
  ctx.out:text(("FAIL  seed %d: %s"):format(seed, tried.why))
  keep(seed, tried.a, tried.b, tried.why)
  if not (whole or seen[kind]) then
    local small = make_smaller(ctx, tried)
    keep(seed .. "-small", small.a, small.b, small.why or tried.why)
  end
  seen[kind] = true
end

-- Writes the files that tests/schema/random/run tries in databases.
local function write_files(seed)
  return function(tried, up, down)
    local function write(name, text) moonbird.write(("../../files/%d/%s.sql"):format(seed, name), text) end
    write("a", join(tried.a))
    write("b", join(tried.b))
    write("up", join(up))
    write("down", join(down))
    write("pair", join(tried.a) .. "-- then\n" .. join(tried.b))
  end
end

-- files: 0, or the distance of the pairs that also have files.
local function check(ctx, seed, files, number)
  local ok, a, b = pcall(new_pair, seed)
  if not ok then
    ctx.out:text(("FAIL  seed %d: %s"):format(seed, a))
    return false
  end
  local tried = prove.pair(ctx, a, b, files > 0 and write_files(seed), files > 0 and number % files == 0)
  if tried.why then report(ctx, seed, tried) end
  return not tried.why, tried.left_out, tried.refused
end

return {
  name    = "pairs",
  summary = "write migrations between random schemas, and try them",
  needs   = { db = true, project = true, write = true },
  options = {
    pairs = { arg = "NUMBER", default = "50", help = "how many pairs" },
    seed = { arg = "NUMBER", default = "1", help = "that of the first pair" },
    files = { arg = "NUMBER", default = "0", help = "write files for each pair with this distance; 0: none" },
    coverage = { flag = true, help = "count the kinds and fields that differ between the schemas" },
    whole = { flag = true, help = "do not make pairs that fail smaller" },
  },

  run = function(ctx, opts)
    local first, pairs, files = math.tointeger(opts.seed), math.tointeger(opts.pairs), math.tointeger(opts.files)
    local failed, left, refused = 0, 0, 0
    whole = opts.whole
    prove.compared = opts.coverage and coverage.add
    for seed = first, first + pairs - 1 do
      local ok, left_out, no_migration = check(ctx, seed, files, seed - first)
      failed, left, refused = failed + (ok and 0 or 1), left + (left_out and 1 or 0), refused + (no_migration and 1 or 0)
    end
    ctx.out:text(("%d pairs, %d failed; %d need more than one transaction, and were not compared by the snapshot; "
      .. "%d were refused"):format(pairs, failed, left, refused))
    for _, line in ipairs(opts.coverage and coverage.lines() or {}) do ctx.out:text(line) end
    return failed > 0 and 1 or 0
  end,
}

-- sequence.lua: statements that move the position of a sequence.

local core = ...
local hazards = core.require "schema.warnings.hazards"
local text = core.require "schema.sql.text"

local sequence = {}

local move = [[
DO %s
BEGIN
    IF (SELECT last_value %s %s FROM %s) THEN
        ALTER SEQUENCE %s RESTART WITH %s;
    END IF;
END %s]]

-- A dollar quote for a string that has these words in it.
local function dollars(words)
  local tag, n = "$$", 0
  while words:find(tag, 1, true) do
    n = n + 1
    tag = ("$moonbird_%d$"):format(n)
  end
  return tag
end

-- ALTER SEQUENCE refuses new bounds if the position is outside of them. Returns steps (changes.lua) that come before, and a
-- clause, so that it accepts them. These steps do not use setval, because the rollback of a migration does not undo it: the
-- sequence would repeat values. `old`, `new`: { minimum, maximum, increment } as strings. `version`: of the server.
function sequence.move_within(name, old, new, version)
  local steps, tag = {}, dollars(name)
  local function move_to(bound, beyond, passes)
    steps[#steps + 1] = { sql = move:format(tag, beyond, bound, name, name, bound, tag),
                          hazards = { passes and hazards.of("AlterSeq.narrower", name, version) or nil } }
  end
  local low, high = math.tointeger(new.minimum), math.tointeger(new.maximum)
  local old_low, old_high = math.tointeger(old.minimum), math.tointeger(old.maximum)
  local down = math.tointeger(old.increment) < 0
  if high < old_low or low > old_high then return steps, " RESTART" end
  if low > old_low then move_to(new.minimum, "<", down) end
  if high < old_high then move_to(new.maximum, ">", not down) end
  return steps, ""
end

-- The column types that a sequence can fill, and how their values are passed to setval.
local counts = { smallint = "", integer = "", bigint = "", numeric = "::pg_catalog.int8" }

-- The statement by which a new sequence continues after the greatest value of a column, or after the least value if it
-- counts down. nil: the column does not hold numbers.
function sequence.catch_up(name, relation, column, o, type)
  if not counts[type] then return nil end
  local last = o.increment:find "^-" and "min" or "max"
  local bound = last == "min" and "<= " .. o.maximum or ">= " .. o.minimum
  return ("SELECT pg_catalog.setval(%s, pg_catalog.%s(%s)%s) FROM %s HAVING pg_catalog.%s(%s) %s"):format(
    text.quote(name), last, column, counts[type], relation, last, column, bound)
end

return sequence

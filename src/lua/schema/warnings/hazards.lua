-- hazards.lua: the effects of a statement on a table in use: the data that it deletes, or the lock that it holds while
-- it rewrites or reads all rows.

local core = ...
local locks = core.require "facts.lock_modes"
local statements = core.require "facts.statements"

local hazards = {}

local lost = { rows = "All rows of %s are lost.", values = "The values of %s are lost.",
               position = "The position of %s is lost." }
local lost_beyond = "If %s is beyond its new bounds, it goes back and repeats values."

-- A control character in a name must not end the line of the comment.
local function words(hazard, beyond)
  local object = hazard.object:gsub("%c", " ")
  if beyond then return lost_beyond:format(object) end
  if hazard.loses then return lost[hazard.loses]:format(object) end
  return ("%s %s under %s, which blocks %s."):format(hazard.rewrites and "Rewrites" or "Reads all rows of", object,
                                                    hazard.lock, hazard.blocks)
end

-- `key`: a key of facts/statements.lua. `name`: the object that the statement changes.
-- → { object, loses, rewrites, scans, lock, blocks, comment }, or nil if the statement is safe
function hazards.of(key, name, version)
  local fact = statements.of(key, version)
  if not fact then return nil end
  -- ATTACH PARTITION reads and blocks the partition.
  local lock = fact.others and fact.others.partition or fact.lock
  local blocks = locks.blocks(lock)
  if not (fact.loses or blocks and (fact.rewrites or fact.scans)) then return nil end
  local hazard = { object = name, loses = fact.loses, rewrites = fact.rewrites or false, scans = fact.scans or false,
                   lock = lock, blocks = blocks }
  hazard.comment = words(hazard, fact.beyond)
  return hazard
end

-- The hazard of a change of type that may lose data of an object.  `why`: the reason, in words.
function hazards.of_values(name, why)
  return { object = name, loses = "values", rewrites = false, scans = false,
           comment = ("May lose data of %s: %s."):format(name, why):gsub("%c", " ") }
end

-- The hazards of some statements, in their order, each with its `sql`, as --json prints them.
function hazards.list(list)
  local found = moonbird.json.array()
  for _, statement in ipairs(list) do
    for _, hazard in ipairs(statement.hazards or {}) do
      found[#found + 1] = { sql = statement.sql, object = hazard.object, comment = hazard.comment, lock = hazard.lock or moonbird.null,
                            rewrites = hazard.rewrites, scans = hazard.scans, loses = hazard.loses or moonbird.null,
                            blocks = hazard.blocks or moonbird.null }
    end
  end
  return found
end

return hazards

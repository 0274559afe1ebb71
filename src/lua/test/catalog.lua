-- catalog.lua: whether two schemas are equal, and where they differ, as lines for people.

local core = ...
local compare = core.require "schema.difference.compare"
local differences = core.require "test.difference"
local snapshot = core.require "schema.snapshot"

local catalog = {}

function catalog.read(db, ctx)
  return snapshot.read(db, { schemas = { ctx.config.history_schema or "moonbird" }, histories = {} })
end

local function one_line(value)
  if value == nil then return "nothing" end
  local text = type(value) == "table" and table.concat(value, ", ") or tostring(value)
  text = text:gsub("%s+", " ")
  return #text > 160 and text:sub(1, 160) .. "…" or text
end

local how = { missing = "is gone", unexpected = "is new" }

-- Lines for the objects that are missing, new or changed.
function catalog.differences(before, now)
  local list = {}
  for _, difference in ipairs(compare.snapshots(now, before)) do
    local id = difference.object.id:gsub("^[%u ]+", string.lower)
    if how[difference.how] then list[#list + 1] = ("%s: %s"):format(id, how[difference.how]) end
    for _, field in ipairs(difference.fields or {}) do
      list[#list + 1] = ("%s: %s was %s, is %s"):format(id, field:gsub("_", " "), one_line(difference.wanted[field]),
                                                      one_line(difference.is[field]))
    end
  end
  return differences.first(list)
end

return catalog

-- words.lua: what a rehearsal found, in words.

local core = ...
local sizes = core.require "lint.sizes"

local words = {}

-- A statement in one line of at most `most` bytes.
function words.folded(sql, most)
  local line = sql:gsub("%s+", " ")
  if #line <= most then return line end
  local last = most - 3
  while utf8.len(line, 1, last) == nil do last = last - 1 end
  return line:sub(1, last) .. "..."
end

-- The time and the rows of a statement.
function words.figures(out, statement)
  local parts = { out:time(statement.duration_ms) }
  if statement.rows ~= moonbird.null and statement.rows > 0 then
    parts[#parts + 1] = ("%d row%s"):format(statement.rows, statement.rows == 1 and "" or "s")
  end
  return table.concat(parts, ", ")
end

local function size_of(each) return each.size ~= moonbird.null and (" (%s)"):format(sizes.short(each.size)) or "" end

local function lock(statement, each)
  local until_when = statement.outside_transaction and "" or " until the end of the transaction"
  local blocks = each.blocks ~= moonbird.null and ("; blocks %s"):format(each.blocks) or ""
  return ("locks %s%s: %s%s%s"):format(each.relation, size_of(each), each.mode, until_when, blocks)
end

local does = { reads = "reads all rows of %s", changes = "changes all rows of %s", rewrites = "rewrites %s" }

local function estimate(out, of)
  return ("takes about %s in your database, if each row of %s takes as long as one of the %d of the sample"):format(
    out:time(of.ms), of.relation, of.sampled)
end

-- What the statement does to tables that existed before: a list of lines.
function words.lines(out, statement)
  local list = {}
  for _, each in ipairs(statement.locks) do list[#list + 1] = lock(statement, each) end
  for _, each in ipairs(statement.work) do list[#list + 1] = does[each.does]:format(each.relation) .. size_of(each) end
  for _, name in ipairs(statement.indexes) do list[#list + 1] = "builds the index " .. name end
  if statement.estimate ~= moonbird.null then list[#list + 1] = estimate(out, statement.estimate) end
  return list
end

-- A list of one line, or of none.
function words.rollback(of)
  if not of or of == moonbird.null then return {} end
  return { of.ok and "the rollback leads back to the same schema" or of.message }
end

-- A list that a step can have, or null.
function words.list(value) return value and value ~= moonbird.null and value or {} end

return words

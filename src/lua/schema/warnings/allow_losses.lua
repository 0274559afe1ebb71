-- allow_losses.lua: which losses of data the words of --allow-drop allow.

local core = ...

local function names_of(losses)
  local names = {}
  for i, loss in ipairs(losses) do names[i] = loss.name end
  return table.concat(names, ", ")
end

-- The losses that the words do not name.  A word without a schema means public.  A word that names no loss is probably
-- misspelt.
local function without(losses, words)
  local left = { table.unpack(losses) }
  for _, word in ipairs(words or {}) do
    local before = #left
    for i = #left, 1, -1 do
      if left[i].name == word or left[i].name == "public." .. word then table.remove(left, i) end
    end
    if #left == before and #losses > 0 then
      core.fail("usage", ("--allow-drop names \"%s\", which loses no data"):format(word),
                ("These objects would lose data: %s."):format(names_of(losses)))
    end
  end
  return left
end

-- Each loss with its reason.
local function reasons_of(losses)
  local list = {}
  for i, loss in ipairs(losses) do list[i] = loss.why and ("%s (%s)"):format(loss.name, loss.why) or loss.name end
  return table.concat(list, ", ")
end

-- The names of the losses that the words of --allow-drop do not name, as a string; nil if there are none. The second
-- result is the same with the reasons.
return function(losses, words)
  local left = without(losses, words)
  if #left == 0 then return nil end
  return names_of(left), reasons_of(left)
end

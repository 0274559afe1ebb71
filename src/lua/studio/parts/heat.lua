-- heat: many small cells in order, such as the ranges of a table: a list of { state, title, weight }.  The state gives
-- the colour ("done", "begun", or another one), and the weight, from 0 to 1, its strength.  Where there are too many, one
-- cell stands for several, and is "mixed" if their states differ.
local core = ...
local h = core.require "studio.html".h

local MOST = 600

local function merge(cells, from, to)
  local first = cells[from]
  local merged = { state = first.state, title = first.title, weight = 0 }
  for i = from, to do
    if cells[i].state ~= first.state then merged.state = "mixed" end
    merged.weight = merged.weight + (cells[i].weight or 1) / (to - from + 1)
  end
  if to > from then merged.title = ("%s to %s"):format(first.title, cells[to].title) end
  return merged
end

local function counts_of(cells)
  local counts, states = {}, {}
  for _, cell in ipairs(cells) do
    if not counts[cell.state] then states[#states + 1] = cell.state end
    counts[cell.state] = (counts[cell.state] or 0) + 1
  end
  for i, state in ipairs(states) do states[i] = ("%d %s"):format(counts[state], state) end
  return table.concat(states, ", ")
end

return {
  keys = { "empty" },
  render = function(part, cells)
    cells = cells or {}
    if #cells == 0 then return h.p { class = "empty", part.empty or "Nothing to show." } end
    local each, shown = math.ceil(#cells / MOST), {}
    for from = 1, #cells, each do
      local cell = merge(cells, from, math.min(from + each - 1, #cells))
      local weight = math.max(1, math.min(4, math.ceil(4 * cell.weight)))
      shown[#shown + 1] = h.div { class = ("cell %s weight-%d"):format(cell.state, weight), title = cell.title }
    end
    local counts = counts_of(cells)
    return { h.div { class = "heat", role = "img", ["aria-label"] = counts, shown },
      h.p { class = "note", counts, each > 1 and (". A cell stands for %d."):format(each) } }
  end,
}

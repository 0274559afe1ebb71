-- diff.lua: the difference of two texts, in unified format.

local CONTEXT = 3 -- lines around a change

local function lines_of(text)
  local list = {}
  for line in text:gmatch "[^\n]*\n?" do
    if line ~= "" then list[#list + 1] = line end
  end
  return list
end

-- The edits of the shortest way from a to b: a list of { " " or "-" or "+", line }.  Myers, "An O(ND) Difference Algorithm
-- and Its Variations", 1986.
local function trace(a, b)
  local ends, steps = { [1] = 0 }, {}
  for d = 0, #a + #b do
    local before = {}
    for k, x in pairs(ends) do before[k] = x end
    steps[d] = before
    for k = -d, d, 2 do
      local down = k == -d or k ~= d and ends[k - 1] < ends[k + 1]
      local x = down and ends[k + 1] or ends[k - 1] + 1
      while x < #a and x - k < #b and a[x + 1] == b[x - k + 1] do x = x + 1 end
      ends[k] = x
      if x >= #a and x - k >= #b then return steps, d end
    end
  end
end

local function reversed(list)
  local out = {}
  for i = #list, 1, -1 do out[#out + 1] = list[i] end
  return out
end

local function edits(a, b)
  local steps, d = trace(a, b)
  local list, x, y = {}, #a, #b
  for n = d, 0, -1 do
    local ends, k = steps[n], x - y
    local down = k == -n or k ~= n and ends[k - 1] < ends[k + 1]
    local from = down and k + 1 or k - 1
    local from_x = n > 0 and ends[from] or 0
    local first = n > 0 and not down and from_x + 1 or from_x -- where the common lines of this step begin
    while x > first do
      list[#list + 1] = { " ", a[x] }
      x, y = x - 1, y - 1
    end
    if n > 0 then
      list[#list + 1] = down and { "+", b[y] } or { "-", a[x] }
      x, y = from_x, from_x - from
    end
  end
  return reversed(list)
end

-- The ranges of edits that one hunk shows: { first, last }.
local function hunks(list)
  local found = {}
  for i, edit in ipairs(list) do
    local last = found[#found]
    if edit[1] ~= " " and last and i - CONTEXT <= last[2] + 1 then last[2] = math.min(#list, i + CONTEXT)
    elseif edit[1] ~= " " then found[#found + 1] = { math.max(1, i - CONTEXT), math.min(#list, i + CONTEXT) } end
  end
  return found
end

local function range(first, n) return n == 1 and tostring(first) or ("%d,%d"):format(n == 0 and first - 1 or first, n) end

-- → text with the file's name in its head; "" if the texts are the same
return function(path, old, new)
  if old == new then return "" end
  local list, out, a, b, i = edits(lines_of(old), lines_of(new)), {}, 1, 1, 1
  for _, hunk in ipairs(hunks(list)) do
    while i < hunk[1] do a, b, i = a + 1, b + 1, i + 1 end
    local body, removed, added = {}, 0, 0
    while i <= hunk[2] do
      local mark, line = list[i][1], list[i][2]
      removed, added = removed + (mark ~= "+" and 1 or 0), added + (mark ~= "-" and 1 or 0)
      body[#body + 1] = mark .. line .. (line:find "\n$" and "" or "\n\\ No newline at end of file\n")
      i = i + 1
    end
    out[#out + 1] = ("@@ -%s +%s @@\n%s"):format(range(a, removed), range(b, added), table.concat(body))
    a, b = a + removed, b + added
  end
  return ("--- %s\n+++ %s\n%s"):format(old == "" and "/dev/null" or path, path, table.concat(out))
end

-- layout.lua: a command that checks the layered layout of diagrams with examples.

local layout = require "layout"

local failed, passed = 0, 0

local function check(name, what, ok)
  if ok then passed = passed + 1 return end
  failed = failed + 1
  print(("FAIL  %s: %s"):format(name, what))
end

-- A graph of boxes of one size; "3>1" is an edge from the box 3 to the box 1.
local function graph(n, text, height)
  local nodes, edges = {}, {}
  for i = 1, n do nodes[i] = { width = 100 + i % 3 * 40, height = height and height(i) or 60 } end
  for from, to in text:gmatch "(%d+)>(%d+)" do
    edges[#edges + 1] = { from = tonumber(from), to = tonumber(to), from_y = 20, to_y = 30 }
  end
  return nodes, edges
end

local function overlap(nodes)
  for i = 1, #nodes do
    for k = i + 1, #nodes do
      local a, b = nodes[i], nodes[k]
      if a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height then return i .. " and " .. k end
    end
  end
end

local function inside(nodes, width, height)
  for _, node in ipairs(nodes) do
    if node.x < 0 or node.y < 0 or node.x + node.width > width or node.y + node.height > height then return false end
  end
  return true
end

-- Does each edge begin and end at the sides of its boxes, at the right height?
local function connected(nodes, edges)
  for _, edge in ipairs(edges) do
    local p = edge.points
    local from_at, to_at = edge.leftward and #p - 1 or 1, edge.leftward and 1 or #p - 1
    local from, to = nodes[edge.from], nodes[edge.to]
    local function on_side(at, node, y) return (p[at] == node.x or p[at] == node.x + node.width) and math.abs(p[at + 1] - node.y - y) <= 8 end
    if #p % 4 ~= 0 or not on_side(from_at, from, 20) or not on_side(to_at, to, 30) then return false end
  end
  return true
end

-- Does a straight part of an edge, which passes a layer, go through a box?
local function through(nodes, edges)
  for _, edge in ipairs(edges) do
    local p = edge.points
    for at = 3, #p - 5, 4 do
      for i, node in ipairs(nodes) do
        if p[at] < node.x + node.width and p[at + 2] > node.x and p[at + 1] > node.y and p[at + 1] < node.y + node.height then return i end
      end
    end
  end
end

local function crossings(nodes, edges)
  local n = 0
  for i = 1, #edges do
    for k = i + 1, #edges do
      local a, b = edges[i], edges[k]
      n = n + ((nodes[a.from].y - nodes[b.from].y) * (nodes[a.to].y - nodes[b.to].y) < 0 and 1 or 0)
    end
  end
  return n
end

local function random_graph(n, per_node, seed)
  local state = seed
  local function next_number(limit)
    state = (state * 1103515245 + 12345) % 2147483648
    return state // 65536 % limit + 1
  end
  local list = {}
  for i = 2, n do
    for _ = 1, per_node do list[#list + 1] = ("%d>%d"):format(i, next_number(seed % 2 == 0 and n or i)) end
  end
  return table.concat(list, " ")
end

local function all(name, n, text, height)
  local nodes, edges = graph(n, text, height)
  local width, heigth = layout(nodes, edges)
  check(name, "no boxes overlap", not overlap(nodes))
  check(name, "all boxes are in the drawing", inside(nodes, width, heigth))
  check(name, "edges meet their boxes", connected(nodes, edges))
  check(name, "no edge goes through a box", not through(nodes, edges))
  local again, edges_again = graph(n, text, height)
  layout(again, edges_again)
  local same = true
  for i, node in ipairs(nodes) do same = same and node.x == again[i].x and node.y == again[i].y end
  check(name, "the same graph has the same layout", same)
  return nodes, edges, width, heigth
end

local function right_of(nodes, a, b) return nodes[a].x >= nodes[b].x + nodes[b].width end

local function examples()
  check("nothing", "it has no size", select("#", layout({}, {})) == 2)
  local nodes, edges = all("one edge", 2, "2>1")
  check("one edge", "what refers is right", right_of(nodes, 2, 1))
  check("one edge", "the line is straight", edges[1].points[2] == edges[1].points[4])
  nodes = all("a chain", 4, "4>3 3>2 2>1")
  check("a chain", "in order", right_of(nodes, 4, 3) and right_of(nodes, 3, 2) and right_of(nodes, 2, 1))
  nodes, edges = all("a long edge", 4, "4>3 3>2 2>1 4>1")
  check("a long edge", "it passes two layers", #edges[4].points == 12)
  nodes, edges = all("crossed", 4, "3>2 4>1")
  check("crossed", "no crossing is left", crossings(nodes, edges) == 0)
  nodes, edges = all("two by three", 6, "4>3 5>2 6>1")
  check("two by three", "no crossing is left", crossings(nodes, edges) == 0)
  nodes = all("a circle", 3, "1>2 2>3 3>1")
  check("a circle", "three layers", nodes[1].x ~= nodes[2].x and nodes[2].x ~= nodes[3].x and nodes[1].x ~= nodes[3].x)
  all("itself", 1, "1>1")
  all("itself and others", 3, "1>1 2>1 2>2 3>2 3>2")
  all("both ways", 2, "1>2 2>1")
  nodes = all("apart", 5, "")
  check("apart", "in rows", nodes[1].y == nodes[2].y and nodes[2].x > nodes[1].x)
  nodes = all("apart and not", 6, "2>1 3>1")
  check("apart and not", "below the others", nodes[4].y >= math.max(nodes[1].y, nodes[2].y, nodes[3].y) + 60)
end

local function larger_examples()
  local star = {}
  for i = 2, 60 do star[#star + 1] = i .. ">1" end
  local nodes, _, width, height = all("a star", 60, table.concat(star, " "))
  check("a star", "it is no column", height < 3 * width)
  check("a star", "all are right of it", right_of(nodes, 2, 1) and right_of(nodes, 60, 1))
  for seed = 1, 12 do
    all("random " .. seed, 10 + seed * 5, random_graph(10 + seed * 5, seed % 3 + 1, seed), function(i) return 30 + i * 37 % 300 end)
  end
  local began = os.clock()
  all("1,000 boxes", 1000, random_graph(1000, 1, 7))
  check("1,000 boxes", "in less than 20 seconds", os.clock() - began < 20)
end

return {
  name = "layout",
  summary = "check the layout of diagrams",
  run = function()
    examples()
    larger_examples()
    print(("%d passed, %d failed"):format(passed, failed))
    return failed == 0 and 0 or 1
  end,
}

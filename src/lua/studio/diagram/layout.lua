-- layout.lua: a layered layout of boxes that refer to each other.  It knows nothing of what they show.
--
-- nodes: { { width, height }, ... }; edges: { { from, to, from_y, to_y }, ... } with the numbers of nodes, and where an
-- edge meets the sides of its nodes, from their tops.  A node is right of all nodes that it refers to, except in a
-- circle of references.  The layout sets x and y of each node, and `points` of each edge, a list { x, y, x, y, ... }:
-- curves lead from each point with an even number to the next one; between the others are straight lines.
--
-- The steps are those of Sugiyama: break circles, choose layers, order each layer, choose the places.

local GAP_X <const>, GAP_Y <const> = 72, 28
local LANE <const> = 14 -- the height that an edge needs where it passes a layer
local SWEEPS <const> = 10

-- ---- layers ----

-- The nodes after all that they refer to; an edge that closes a circle does not count.
local function topological(nodes, targets)
  local state, list, forward = {}, {}, {}
  local function visit(first)
    local stack = { { first, 0 } }
    state[first] = "open"
    while #stack > 0 do
      local top = stack[#stack]
      top[2] = top[2] + 1
      local edge = targets[top[1]][top[2]]
      if not edge then
        state[top[1]], list[#list + 1] = "done", top[1]
        stack[#stack] = nil
      elseif state[edge.to] ~= "open" then
        forward[edge] = true
        if not state[edge.to] then
          state[edge.to] = "open"
          stack[#stack + 1] = { edge.to, 0 }
        end
      end
    end
  end
  for node = 1, #nodes do
    if not state[node] then visit(node) end
  end
  return list, forward
end

local function side_of_square(nodes, connected)
  local area, tallest = 0, 0
  for node in pairs(connected) do
    area = area + (nodes[node].width + GAP_X) * (nodes[node].height + GAP_Y)
    tallest = math.max(tallest, nodes[node].height)
  end
  return math.max(tallest, math.sqrt(area) * 0.9)
end

-- Each node gets the first layer behind those that it refers to in which there is room.
local function choose_layers(nodes, edges, connected)
  local targets, heights, layer_of = {}, {}, {}
  for node = 1, #nodes do targets[node] = {} end
  for _, edge in ipairs(edges) do
    if edge.from ~= edge.to then table.insert(targets[edge.from], edge) end
  end
  local list, forward = topological(nodes, targets)
  local highest = side_of_square(nodes, connected)
  for _, node in ipairs(list) do
    if connected[node] then
      local layer = 1
      for _, edge in ipairs(targets[node]) do
        if forward[edge] then layer = math.max(layer, layer_of[edge.to] + 1) end
      end
      local needed = nodes[node].height + GAP_Y
      while (heights[layer] or 0) > 0 and heights[layer] + needed > highest do layer = layer + 1 end
      heights[layer], layer_of[node] = (heights[layer] or 0) + needed, layer
    end
  end
  return layer_of
end

-- ---- items: the nodes in the layers, and the lanes of edges that pass a layer ----

local function new_layers(nodes, edges, layer_of)
  local layers, item_of = {}, {}
  local function add(layer, item)
    while #layers < layer do layers[#layers + 1] = {} end
    item.layer, item.left, item.right = layer, {}, {}
    table.insert(layers[layer], item)
    return item
  end
  for node = 1, #nodes do
    if layer_of[node] then item_of[node] = add(layer_of[node], { node = node, height = nodes[node].height }) end
  end
  for _, edge in ipairs(edges) do
    local low, high = item_of[edge.to], item_of[edge.from]
    local low_y, high_y = edge.to_y, edge.from_y
    if low and low ~= high then
      if low.layer > high.layer then low, high, low_y, high_y = high, low, high_y, low_y end
      edge.chain = { { low, low_y } }
      for layer = low.layer + 1, high.layer - 1 do edge.chain[#edge.chain + 1] = { add(layer, { height = LANE }), LANE / 2 } end
      edge.chain[#edge.chain + 1] = { high, high_y }
      for i = 2, low.layer < high.layer and #edge.chain or 1 do
        local a, b = edge.chain[i - 1], edge.chain[i]
        table.insert(a[1].right, { b[1], a[2], b[2] })
        table.insert(b[1].left, { a[1], b[2], a[2] })
      end
    end
  end
  return layers, item_of
end

-- ---- the order in each layer ----

local function number(layer)
  for i, item in ipairs(layer) do item.at = i end
end

-- By the mean place of the neighbours; items without any stay where they are.
local function reorder(layer, side)
  for _, item in ipairs(layer) do
    local sum = 0
    for _, link in ipairs(item[side]) do sum = sum + link[1].at / link[1].layer_size end
    item.weight = #item[side] > 0 and sum / #item[side] or item.at / #layer
    item.was = item.at
  end
  table.sort(layer, function(a, b)
    if a.weight ~= b.weight then return a.weight < b.weight end
    return a.was < b.was
  end)
  number(layer)
end

local function order_layers(layers)
  for _, layer in ipairs(layers) do
    number(layer)
    for _, item in ipairs(layer) do item.layer_size = #layer end
  end
  for sweep = 1, SWEEPS do
    if sweep % 2 == 1 then
      for i = 2, #layers do reorder(layers[i], "left") end
    else
      for i = #layers - 1, 1, -1 do reorder(layers[i], "right") end
    end
  end
end

-- ---- places ----

-- Gives the items of a layer the tops that are nearest to those wanted, without an overlap and in their order: the
-- means of neighbours that are too near to each other, as in an isotonic regression.
local function settle(layer)
  local blocks, offset = {}, 0
  for _, item in ipairs(layer) do
    item.offset = offset
    offset = offset + item.height + GAP_Y * (item.node and 1 or 0.4)
    local block = { sum = item.wanted - item.offset, n = 1, first = item.at }
    while #blocks > 0 and blocks[#blocks].sum / blocks[#blocks].n > block.sum / block.n do
      local last = table.remove(blocks)
      block = { sum = block.sum + last.sum, n = block.n + last.n, first = last.first }
    end
    blocks[#blocks + 1] = block
  end
  for i, block in ipairs(blocks) do
    for at = block.first, (blocks[i + 1] and blocks[i + 1].first or #layer + 1) - 1 do
      layer[at].y = layer[at].offset + block.sum / block.n
    end
  end
end

-- Where its neighbours would have it.
local function want(layer, sides)
  for _, item in ipairs(layer) do
    local sum, n = 0, 0
    for _, side in ipairs(sides) do
      for _, link in ipairs(item[side]) do sum, n = sum + link[1].y + link[3] - link[2], n + 1 end
    end
    item.wanted = n > 0 and sum / n or item.y
  end
end

local function place_layers(layers)
  for _, layer in ipairs(layers) do
    for _, item in ipairs(layer) do item.wanted, item.y = 0, 0 end
    settle(layer)
  end
  for sweep = 1, SWEEPS do
    local forward = sweep % 2 == 1
    for i = forward and 1 or #layers, forward and #layers or 1, forward and 1 or -1 do
      want(layers[i], sweep > SWEEPS - 2 and { "left", "right" } or { forward and "left" or "right" })
      settle(layers[i])
    end
  end
end

-- Sets x of the items; returns the right side of the last layer.
local function place_columns(nodes, layers)
  local x = 0
  for _, layer in ipairs(layers) do
    local width = 0
    for _, item in ipairs(layer) do width = math.max(width, item.node and nodes[item.node].width or 0) end
    for _, item in ipairs(layer) do item.x, item.layer_width = x, width end
    x = x + width + GAP_X
  end
  return math.max(0, x - GAP_X)
end

local function finish_nodes(nodes, layers)
  local top = math.huge
  for _, layer in ipairs(layers) do
    for _, item in ipairs(layer) do top = math.min(top, item.y) end
  end
  local bottom = 0
  for _, layer in ipairs(layers) do
    for _, item in ipairs(layer) do
      item.y = math.floor(item.y - top + 0.5)
      bottom = math.max(bottom, item.y + item.height)
      if item.node then nodes[item.node].x, nodes[item.node].y = item.x, item.y end
    end
  end
  return bottom
end

-- ---- edges ----

local function add_point(points, x, y)
  points[#points + 1], points[#points + 2] = x, y
end

-- From the right side of a node to the left side of one further right, straight through the lanes between them.
local function chain_points(nodes, chain)
  local points = {}
  for i, link in ipairs(chain) do
    local item, y = link[1], link[1].y + link[2]
    local width = item.node and nodes[item.node].width or item.layer_width
    if i > 1 then add_point(points, item.x, y) end
    if i < #chain then add_point(points, item.x + width, y) end
  end
  return points
end

-- Round the right sides of two nodes in one layer, which can be the same one.
local function bow_points(nodes, edge)
  local from, to = nodes[edge.from], nodes[edge.to]
  local y1, y2 = from.y + edge.from_y, to.y + edge.to_y
  if y1 == y2 then y1 = y1 + 8 end
  return { from.x + from.width, y1, to.x + to.width, y2, bow = true }
end

local function finish_edges(nodes, edges, item_of)
  for _, edge in ipairs(edges) do
    local from, to = item_of[edge.from], item_of[edge.to]
    if from.layer == to.layer then edge.points = bow_points(nodes, edge)
    else edge.points = chain_points(nodes, edge.chain) end
    edge.leftward = from.layer > to.layer -- its first point is at `to`
    edge.chain = nil
  end
end

-- ---- nodes without an edge: rows below the layers ----

local function place_others(nodes, connected, width, top)
  local x, y, height, right = 0, top, 0, width
  local limit = math.max(width, 1000)
  for i, node in ipairs(nodes) do
    if not connected[i] then
      if x > 0 and x + node.width > limit then x, y, height = 0, y + height + GAP_Y, 0 end
      node.x, node.y = x, y
      x, height, right = x + node.width + GAP_X // 2, math.max(height, node.height), math.max(right, x + node.width)
    end
  end
  return right, height > 0 and y + height or top - GAP_Y
end

-- Returns the width and the height of the whole.
return function(nodes, edges)
  local connected = {}
  for _, edge in ipairs(edges) do connected[edge.from], connected[edge.to] = true, true end
  local layer_of = choose_layers(nodes, edges, connected)
  local layers, item_of = new_layers(nodes, edges, layer_of)
  order_layers(layers)
  place_layers(layers)
  local width = place_columns(nodes, layers)
  local bottom = #layers > 0 and finish_nodes(nodes, layers) + GAP_Y or 0
  finish_edges(nodes, edges, item_of)
  return place_others(nodes, connected, width, bottom)
end

-- diagram: boxes with rows, and lines from a row of one to a row of another: an SVG that is made here.
--
-- Its value: `boxes` = { { id, title, link = { page, query } or nil, class, rows = { { id, mark, name, note } }, more = n }, ... },
-- and `lines` = { { from = { box id, row id }, to = { box id, row id }, title }, ... }.  Boxes, rows and lines can have a
-- `state`: "added", "changed" or "dropped", which a sign shows, too.  In the browser, it can be moved and zoomed; without
-- script, it scrolls.
local core = ...
local h = core.require "studio.html".h
local layout = core.require "studio.diagram.layout"

local CHAR <const>, ROW <const>, HEAD <const>, PAD <const> = 7.3, 19, 26, 10
local MARK <const> = 26 -- the width of "PK", "FK"
local SIGN <const> = 9
local LONGEST <const> = 34
local signs = { added = "+", changed = "~", dropped = "−" }

local function cut(text)
  if (utf8.len(text) or #text) <= LONGEST then return text end
  return text:sub(1, (utf8.offset(text, LONGEST) or LONGEST) - 1) .. "…"
end

local function width_of(text) return (utf8.len(text) or #text) * CHAR end

local function title_of(box) return (box.state and signs[box.state] .. " " or "") .. cut(box.title) end

local function node_of(box)
  local node = { box = box, row_y = {}, left = PAD + (box.state and SIGN or 0) }
  local widest = width_of(title_of(box)) * 1.06
  for i, row in ipairs(box.rows) do
    widest = math.max(widest, node.left - PAD + MARK + width_of(cut(row.name)) + 2 * CHAR + width_of(cut(row.note)))
    node.row_y[row.id] = HEAD + (i - 0.5) * ROW
  end
  node.width = math.ceil(widest + 2 * PAD)
  node.height = HEAD + #box.rows * ROW + ((box.more or 0) > 0 and ROW or 0) + 4
  return node
end

local function place(graph, boxes, lines)
  local by_id = {}
  for i, box in ipairs(boxes) do graph.nodes[i], by_id[box.id] = node_of(box), i end
  for _, line in ipairs(lines) do
    local from, to = by_id[line.from[1]], by_id[line.to[1]]
    if from and to then
      graph.edges[#graph.edges + 1] = {
        from = from, to = to, line = line, from_y = graph.nodes[from].row_y[line.from[2]] or HEAD / 2,
        to_y = graph.nodes[to].row_y[line.to[2]] or HEAD / 2,
      }
    end
  end
  return layout(graph.nodes, graph.edges)
end

local function text(x, y, class, content)
  return h.text { x = ("%.1f"):format(x), y = ("%.1f"):format(y), class = class, content }
end

local function draw_row(node, row, i)
  local y = node.y + HEAD + (i - 1) * ROW + 13.5
  return h.g { class = row.state or false,
    row.state and text(node.x + PAD - 2, y, "sign", signs[row.state]),
    row.mark and text(node.x + node.left, y, "mark", row.mark),
    text(node.x + node.left + MARK, y, "name", cut(row.name)),
    text(node.x + node.width - PAD, y, "kind", cut(row.note)),
  }
end

local function draw_node(node, page)
  local box, rows = node.box, {}
  for i, row in ipairs(node.box.rows) do rows[i] = draw_row(node, row, i) end
  if (box.more or 0) > 0 then
    rows[#rows + 1] = text(node.x + PAD + MARK, node.y + HEAD + #box.rows * ROW + 13.5, "more", ("… %d more"):format(box.more))
  end
  local label = box.state and ("%s, %s"):format(box.title, box.state) or box.title
  local class = ("box %s %s"):format(box.class or "", box.state or "")
  return (box.link and h.a or h.g) { href = box.link and page.url(box.link[1], box.link[2]) or false, class = class,
    role = not box.link and "img" or false, ["aria-label"] = label,
    h.title { label },
    h.rect { x = node.x, y = node.y, width = node.width, height = node.height, rx = 6 },
    h.path { class = "rule", d = ("M%d %dh%d"):format(node.x, node.y + HEAD - 2, node.width) },
    text(node.x + PAD, node.y + 17, "title", title_of(box)), rows }
end

local function curve(points)
  local d = { ("M%.1f %.1f"):format(points[1], points[2]) }
  for i = 3, #points, 2 do
    local x0, x, y = points[i - 2], points[i], points[i + 1]
    local bend = points.bow and 36 or (x - x0) / 2
    if i % 4 == 3 then
      d[#d + 1] = ("C%.1f %.1f %.1f %.1f %.1f %.1f"):format(x0 + bend, points[i - 1], points.bow and x + bend or x - bend, y, x, y)
    else
      d[#d + 1] = ("L%.1f %.1f"):format(x, y)
    end
  end
  return table.concat(d)
end

-- The end at the box that has the foreign key, as a crow's foot: many rows.
local function foot(edge)
  local p = edge.points
  local x, y, way = p[1], p[2], 9
  if edge.leftward then x, y, way = p[#p - 1], p[#p], -9 end
  return ("M%.1f %.1fL%.1f %.1fL%.1f %.1f"):format(x, y - 5, x + way, y, x, y + 5)
end

local function draw_edge(edge)
  local state = edge.line.state
  return h.g { class = "line " .. (state or ""), h.title { state and ("%s, %s"):format(edge.line.title, state) or edge.line.title },
    h.path { class = "reach", d = curve(edge.points) }, h.path { d = curve(edge.points) .. foot(edge) } }
end

local function draw(graph, page)
  local lines, boxes = {}, {}
  for i, edge in ipairs(graph.edges) do lines[i] = draw_edge(edge) end
  for i, node in ipairs(graph.nodes) do boxes[i] = draw_node(node, page) end
  return { h.g { ["aria-hidden"] = "true", lines }, boxes }
end

return {
  keys = { "empty" },
  render = function(part, value, page)
    if #value.boxes == 0 then return h.p { class = "empty", part.empty or "There is nothing to draw." } end
    local graph = { nodes = {}, edges = {} }
    local width, height = place(graph, value.boxes, value.lines)
    width, height = math.ceil(width + 40), math.ceil(height + 16)
    local function button(what, label, sign)
      return h.button { type = "button", ["data-zoom"] = what, ["aria-label"] = label, title = label, sign }
    end
    return h.div { class = "diagram",
      h.p { class = "tools js", button("in", "Larger", "+"), button("out", "Smaller", "−"), button("fit", "Whole diagram", "Fit"),
        h.span { class = "note", "Drag, or use the arrow keys; + and − zoom." } },
      h.div { class = "canvas", tabindex = "0", role = "region", ["aria-label"] = part.title or "Diagram",
        h.svg { xmlns = "http://www.w3.org/2000/svg", role = "group", ["aria-label"] = ("%d boxes, %d lines"):format(#graph.nodes, #graph.edges),
          width = width, height = height, viewBox = ("-8 -8 %d %d"):format(width, height), draw(graph, page) } } }
  end,
}

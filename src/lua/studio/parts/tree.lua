-- tree: nodes with nodes below them: a list of { label, note, details = { text, ... }, children = { node, ... } }.
local core = ...
local h = core.require "studio.html".h

local function list_of(nodes)
  local items = {}
  for i, node in ipairs(nodes) do
    local details = {}
    for k, text in ipairs(node.details or {}) do details[k] = h.div { class = "note", h.code { text } } end
    local head = { h.b { node.label }, " ", h.span { class = "note", node.note }, details }
    local children = node.children or {}
    items[i] = h.li { #children == 0 and head or h.details { open = true, h.summary { node.label, " ", h.span { class = "note", node.note } }, details, list_of(children) } }
  end
  return h.ul { class = "tree", items }
end

return {
  keys = { "empty" },
  render = function(part, nodes)
    if #(nodes or {}) == 0 then return h.p { class = "empty", part.empty or "Nothing to show." } end
    return list_of(nodes)
  end,
}

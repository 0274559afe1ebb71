-- number: one value in large figures, or several: { { label, value, format, link = { page, query } }, ... };
-- false in the list is nothing.
local core = ...
local html = core.require "studio.html"
local h, show = html.h, core.require "studio.show_value"

local function figure(item, page)
  local value = show(item.value, item.format)
  if item.link then value = h.a { href = page.url(item.link[1], item.link[2]), value } end
  return h.div { class = "figure", h.dt { item.label }, h.dd { value } }
end

return {
  keys = { "format", "label" },
  render = function(part, value, page)
    local items = type(value) == "table" and not html.is_element(value) and value
      or { { label = part.label or part.title or "", value = value, format = part.format } }
    local figures = {}
    for i, item in ipairs(items) do figures[i] = item and figure(item, page) end
    return h.dl { class = "figures", figures }
  end,
}

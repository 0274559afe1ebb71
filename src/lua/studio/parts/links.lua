-- links: to other pages: { { title, page, query }, ... }.
local core = ...
local h = core.require "studio.html".h

return {
  keys = {},
  render = function(part, value, page)
    local items = {}
    for _, link in ipairs(value or {}) do
      if link then items[#items + 1] = h.li { h.a { href = page.url(link[2], link[3]), link[1] } } end
    end
    return h.nav { class = "links", ["aria-label"] = part.title or "See also", h.ul { items } }
  end,
}

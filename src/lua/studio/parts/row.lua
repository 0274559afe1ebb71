-- row: one row, a value a line: { columns = { { name, type }, ... }, cells = those of the part "rows" }.
local core = ...
local h, cell = core.require "studio.html".h, core.require "studio.show_cell"

return {
  keys = {},
  render = function(part, value, page)
    local body = {}
    for i, column in ipairs(value.columns) do
      body[i] = h.tr { h.th { scope = "row", column.name, h.span { class = "type", column.type } }, h.td { cell(value.cells[i], page) } }
    end
    return h.div { class = "scroll", tabindex = "0", role = "region", ["aria-label"] = part.title or "Row",
      h.table { class = "row", h.tbody { body } } }
  end,
}

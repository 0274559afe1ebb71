-- rows: the rows of a table of the database, as rows/select.lua reads them.
--
-- Its value: `columns` = { { name, type, link = { page, query }, order = "ascending" or "descending" or nil }, ... },
-- `rows` = { { cells, link }, ... }, and `links` = { { title, page, query or nil }, ... } for the pages of rows.  A cell:
-- { text = string or nil for NULL, format = "text", "json" or "bytea", length = the whole length if it is cut,
-- link = a row that it refers to, whole = the page with the whole value }.
local core = ...
local h, cell = core.require "studio.html".h, core.require "studio.show_cell"

local function head_of(value, page)
  local cells = { h.th { scope = "col", h.span { class = "hidden", "row" } } }
  for i, column in ipairs(value.columns) do
    cells[i + 1] = h.th { scope = "col", ["aria-sort"] = column.order or false,
      column.link and h.a { href = page.url(column.link[1], column.link[2]), column.name,
        column.order and h.span { ["aria-hidden"] = "true", column.order == "descending" and " ▼" or " ▲" } } or column.name,
      h.span { class = "type", column.type } }
  end
  return h.thead { h.tr { cells } }
end

local function row_of(row, number, page)
  local cells = { h.td { row.link and h.a { href = page.url(row.link[1], row.link[2]), ["aria-label"] = "row " .. number, "→" } } }
  for i, value in ipairs(row.cells) do
    cells[i + 1] = h.td { class = value.right and "right" or false, cell(value, page) }
  end
  return h.tr { cells }
end

return {
  keys = { "empty" },
  render = function(part, value, page)
    local body, links = {}, {}
    for i, row in ipairs(value.rows) do body[i] = row_of(row, i, page) end
    for i, link in ipairs(value.links or {}) do
      links[i] = h.li { link.query and h.a { href = page.url(link.page, link.query), rel = link.rel or false, link.title }
        or h.span { ["aria-disabled"] = "true", class = "note", link.title } }
    end
    return {
      #body == 0 and h.p { class = "empty", part.empty or "No row matches." },
      #body > 0 and h.div { class = "scroll", tabindex = "0", role = "region", ["aria-label"] = part.title or "Rows",
        h.table { class = "rows", head_of(value, page), h.tbody { body } } },
      #links > 0 and h.nav { class = "pager", ["aria-label"] = "Pages of rows", h.ul { links } },
    }
  end,
}

-- environments: the state of each migration in each environment, side by side.
--
-- Its value: `rows`, a list of { stream, name, state, notes, applied_at }, of the environment `current`; and `others`,
-- names of environments whose columns a script loads after the page, each from the JSON of this page there: so an
-- environment that is slow, or cannot be reached, holds up nothing.  Without script, a column is a link to that
-- environment's own page.
local core = ...
local h, show = core.require "studio.html".h, core.require "studio.show_value"

local function badge(row) return { show(row.state, "state"), row.notes ~= "" and h.span { class = "note", " ", row.notes } } end

local function head_of(value, page)
  local cells = { h.th { scope = "col", "migration" }, h.th { scope = "col", value.current or "this database" } }
  for i, name in ipairs(value.others) do
    cells[i + 2] = h.th { scope = "col",
      ["data-environment"] = page.url(page.name, { environment = name, format = "json", start = "no" }),
      h.a { href = page.url(page.name, { environment = name }), name },
    }
  end
  return h.thead { h.tr { cells } }
end

return {
  keys = { "empty" },
  render = function(part, value, page)
    if #value.rows == 0 then return h.p { class = "empty", part.empty or "There are no migrations." } end
    local body = {}
    for i, row in ipairs(value.rows) do
      local cells = {
        h.th { scope = "row", h.a { href = page.url("migration", { name = row.name, stream = row.stream }), row.name },
          row.stream == "manual" and h.span { class = "note", " manual" } },
        h.td { title = row.applied_at or false, badge(row) },
      }
      for k in ipairs(value.others) do cells[k + 2] = h.td { class = "note", h.span { class = "js", "…" } } end
      body[i] = h.tr { ["data-migration"] = row.stream .. "/" .. row.name, cells }
    end
    return {
      h.label { class = "filter js", "Filter ", h.input { type = "search", ["data-filter"] = true } },
      h.div { class = "scroll", tabindex = "0", role = "region", ["aria-label"] = part.title or "Environments",
        h.table { class = "environments", head_of(value, page), h.tbody { body } } },
    }
  end,
}
